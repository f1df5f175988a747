// The e-mail plugin: what it registers. Libraries load with the first mail.
import { definePlugin, lazy } from '@phraseworks/sdk';
import { EmailConfig, serverOf } from './config.ts';
import { openConnection } from './connection.ts';
import { emailData, example, summary } from './data.ts';
import { createDeliveries } from './deliveries.ts';
import { createMailbox } from './mailbox.ts';
import { createMailer, Mailer } from './mailer.ts';
import { createComposer } from './message.ts';
import { createMessages } from './messages.ts';
import { mailboxPanel } from './panel.ts';
import { createRenderer } from './renderer.ts';
import { addRoutes } from './routes.ts';
import { migrations } from './tables.ts';
import { readTemplates } from './template-source.ts';

export type { EmailData, EmailResult, Refusal } from './data.ts';
export { MailError, type MailErrorCode } from './mail-error.ts';
export { Mailer, type SendOptions } from './mailer.ts';
export type { EmailMessage } from './message.ts';

// A name of its own: TypeScript leaves import() as it is inside `export default`, where the built package has no .ts files.
const email = definePlugin({
  name: 'email',
  version: '0.1.0',
  title: 'E-mail',
  description: 'Sends mail over SMTP from Handlebars templates, with a local mailbox to try it.',
  sdk: '^1.0.0',
  config: EmailConfig,
  provides: [Mailer],
  migrations,
  async init(ctx) {
    const { config, clock, log } = ctx;
    const sources = await readTemplates(config.templates);
    const messages = createMessages(ctx.db, clock, config.mailbox.keep);
    const deliveries = createDeliveries(ctx.db, clock);
    const mailbox = createMailbox(config.mailbox.port, messages, log);
    const server = serverOf(config);
    ctx.onDisable(() => mailbox.close());

    const mailer = createMailer({
      composer: createComposer(config, sources, createRenderer(sources)),
      deliveries,
      connect: async () => openConnection(server ?? (await mailbox.open()), config.timeouts),
      applyFilters: (name, value, about) => ctx.applyFilters(name, value, about),
      log,
      signal: ctx.signal,
      keepDeliveries: config.keepDeliveries,
    });
    ctx.provide(Mailer, mailer);

    const openMailbox = async () => (server ? null : mailbox.open());
    ctx.registerProcessor(
      'email',
      lazy(async () => {
        const { emailProcessor } = await import('./processor.ts');
        return { default: emailProcessor({ mailer, clock, getJobStatus: (id) => ctx.getJobStatus(id) }) };
      }),
      {
        data: emailData(sources),
        timeout: 30_000,
        maxRetries: 3,
        retryDelay: 5_000,
        concurrency: 5,
        summary,
        example,
      },
    );
    addRoutes(ctx, { messages, deliveries, openMailbox });
    ctx.panel(mailboxPanel(messages, clock, openMailbox));
  },
});

export default email;
