// A mailer with real parts: database, templates and an SMTP connection to the peer of a test.
import type { Logger } from '@phraseworks/sdk';
import type { SmtpServer } from '../src/config.ts';
import { openConnection } from '../src/connection.ts';
import { createDeliveries, type Deliveries } from '../src/deliveries.ts';
import { createMailer, type Mailer, type MailerParts } from '../src/mailer.ts';
import { createComposer } from '../src/message.ts';
import { createRenderer } from '../src/renderer.ts';
import type { Database } from '../src/tables.ts';
import { readTemplates } from '../src/template-source.ts';
import { type ManualClock, manualClock, openDatabase } from './database.ts';

export const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };

export interface TestMailer {
  mailer: Mailer;
  deliveries: Deliveries;
  clock: ManualClock;
  db: Database;
}

export async function testMailer(
  server: SmtpServer,
  change: Partial<MailerParts> & { db?: Database; timeout?: number } = {},
): Promise<TestMailer> {
  const { timeout = 5_000, db = await openDatabase(), ...parts } = change;
  const clock = manualClock();
  const sources = await readTemplates();
  const deliveries = createDeliveries(db, clock);
  const mailer = createMailer({
    composer: createComposer({ from: 'no-reply@site.test' }, sources, createRenderer(sources)),
    deliveries,
    connect: () => openConnection(server, { connect: timeout, greeting: timeout, socket: timeout }),
    applyFilters: async (_name, value) => value,
    log: silent,
    signal: new AbortController().signal,
    keepDeliveries: 30,
    ...parts,
  });
  return { mailer, deliveries, clock, db };
}
