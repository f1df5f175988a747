// A mailer with real parts: database, templates and SMTP connections to the peer of a test.
import type { Logger, Uploads } from '@phraseworks/sdk';
import { JobsError } from '@phraseworks/sdk';
import { onTestFinished } from 'vitest';
import { createAttach } from '../src/attachments.ts';
import { type Connection, type ConnectionOptions, openConnection, sharedConnection } from '../src/connection.ts';
import { createDeliveries } from '../src/deliveries.ts';
import { createMailer, type Mailer, type MailerParts } from '../src/mailer.ts';
import { createCompose } from '../src/message.ts';
import { createRenderer } from '../src/renderer.ts';
import { createRound } from '../src/round.ts';
import type { SmtpServer } from '../src/smtp-server.ts';
import { createSuppressions, type Suppressions } from '../src/suppressions.ts';
import type { Database } from '../src/tables.ts';
import { readTemplates } from '../src/template-source.ts';
import { createTracking, type Tracking } from '../src/tracking.ts';
import { createSecret, createUnsubscribeLinks, type UnsubscribeLinks } from '../src/unsubscribe-link.ts';
import { type ManualClock, manualClock, openDatabase } from './database.ts';

export const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };

export interface TestMailer {
  mailer: Mailer;
  suppressions: Suppressions;
  tracking: Tracking;
  links: UnsubscribeLinks;
  clock: ManualClock;
  db: Database;
}

export interface TestMailerOptions extends Partial<Omit<MailerParts, 'round' | 'compose' | 'deliveries'>> {
  db?: Database;
  timeout?: number;
  options?: Partial<ConnectionOptions>;
  connection?: Connection;
  uploads?: Pick<Uploads, 'open'>;
  maxAttachmentBytes?: number;
  publicUrl?: string;
}

const noUploads: Pick<Uploads, 'open'> = {
  open: async () => {
    throw new JobsError('NOT_FOUND', 'not there');
  },
};

export async function testMailer(server: SmtpServer, change: TestMailerOptions = {}): Promise<TestMailer> {
  const { timeout = 5_000, options, connection: given, uploads = noUploads, publicUrl, ...rest } = change;
  const { db = await openDatabase(), maxAttachmentBytes = 100_000, ...parts } = rest;
  const clock = manualClock();
  const sources = await readTemplates();
  const deliveries = createDeliveries(db, clock);
  const suppressions = createSuppressions(db, clock);
  const links = createUnsubscribeLinks(publicUrl, createSecret(db, 'a secret of the tests'), () => 'mark');
  const timeouts = { connect: timeout, greeting: timeout, socket: timeout };
  const connection = sharedConnection(async () => given ?? openConnection(server, { timeouts, ...options }));
  onTestFinished(() => connection.close());
  const mailer = createMailer({
    compose: createCompose({
      sender: { from: 'no-reply@site.test' },
      sources,
      renderer: createRenderer(sources),
      attach: createAttach(() => uploads, maxAttachmentBytes),
      mark: links.mark,
    }),
    deliveries,
    connect: connection.get,
    round: createRound({ deliveries, suppressions, connect: connection.get, links, clock }),
    applyFilters: async (_name, value) => value,
    log: silent,
    signal: new AbortController().signal,
    keepDeliveries: 30,
    ...parts,
  });
  return { mailer, suppressions, tracking: createTracking(db, clock), links, clock, db };
}
