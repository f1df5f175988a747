// Creates the parts of the plugin and connects them.
import type { optional, PluginContext, Uploads } from '@phraseworks/sdk';
import { createAttach } from './attachments.ts';
import { cmsConnection } from './cms-mailer.ts';
import { type Config, serverOf } from './config.ts';
import { openConnection, sharedConnection } from './connection.ts';
import { createDeliveries } from './deliveries.ts';
import { readDkim } from './dkim.ts';
import { createMailbox } from './mailbox.ts';
import { createMailer } from './mailer.ts';
import { createCompose } from './message.ts';
import { createMessages } from './messages.ts';
import { createPreviews } from './preview.ts';
import { createRenderer } from './renderer.ts';
import { createRound } from './round.ts';
import { createSuppressions } from './suppressions.ts';
import type { tables } from './tables.ts';
import { readTemplates } from './template-source.ts';
import { createTracking } from './tracking.ts';
import { createSecret, createUnsubscribeLinks } from './unsubscribe-link.ts';

type Host = Pick<
  PluginContext<Config, { uploads: ReturnType<typeof optional<Uploads>> }, typeof tables>,
  'config' | 'clock' | 'log' | 'db' | 'signal' | 'needs' | 'onDisable' | 'applyFilters'
>;

export async function assemble({ config, clock, log, db, signal, needs, onDisable, applyFilters }: Host) {
  const { transport, pool, timeouts, variables, mailbox: box } = config;
  const sources = await readTemplates(config.templates);
  const dkim = config.dkim === undefined ? undefined : await readDkim(config.dkim);
  const server = serverOf(config);

  const messages = createMessages(db, clock, box.keep);
  const mailbox = createMailbox(box.port, messages, log);
  onDisable(() => mailbox.close());
  const connection = sharedConnection(async () => {
    // Nobody would close what a mail that is still on its way opens now.
    signal.throwIfAborted();
    return transport === 'cms'
      ? cmsConnection(applyFilters)
      : openConnection(server ?? (await mailbox.open()), { timeouts, pool, dkim });
  });
  // Close it before the mailbox, which waits for it.
  onDisable(() => connection.close());

  const deliveries = createDeliveries(db, clock);
  const suppressions = createSuppressions(db, clock);
  const tracking = createTracking(db, clock);
  const links = createUnsubscribeLinks(config.publicUrl, createSecret(db, config.secret));
  const renderer = createRenderer(sources);
  const attach = createAttach(() => needs.uploads, config.maxAttachmentBytes);

  const mailer = createMailer({
    compose: createCompose({ sender: config, sources, renderer, attach, variables, mark: links.mark }),
    deliveries,
    connect: connection.get,
    round: createRound({ deliveries, suppressions, connect: connection.get, links, clock }),
    applyFilters,
    log,
    signal,
    keepDeliveries: config.keepDeliveries,
  });

  return {
    mailer,
    sources,
    links,
    suppressions,
    tracking,
    previews: createPreviews({ sources, renderer, variables }),
    messages,
    openMailbox: async () => (transport === 'mailbox' ? mailbox.open() : null),
  };
}
