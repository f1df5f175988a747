// The e-mail plugin: what it registers. Libraries load with the first mail.
import { definePlugin, lazy, optional, PageFrame, Uploads } from '@phraseworks/sdk';
import { assemble } from './assemble.ts';
import { addBounceRoutes } from './bounce-routes.ts';
import { campaignData, campaignProcessor, campaignSummary, campaignView } from './campaign.ts';
import { EmailConfig } from './config.ts';
import { emailData, example, summary } from './data.ts';
import { addDeliveryRoutes, addSuppressionRoutes } from './delivery-routes.ts';
import { showIn } from './document.ts';
import { addMailboxRoutes } from './mailbox-routes.ts';
import { Mailer } from './mailer.ts';
import { deliveriesPanel, mailboxPanel, suppressionPanel, templatesPanel } from './panel.ts';
import { addPreviewRoutes } from './preview-routes.ts';
import { tables } from './tables.ts';
import { mailFigures } from './tracking.ts';
import { addUnsubscribeRoutes } from './unsubscribe-routes.ts';
import { mailView } from './view.ts';

export type { AnyAttachment, Attachment, UploadAttachment } from './attachments.ts';
export type { CmsMail, CmsMailer } from './cms-mailer.ts';
export type { Category, EmailData, OutgoingMail } from './data.ts';
export type { EmailResult, Refusal } from './mail-error.ts';
export { MailError, type MailErrorCode } from './mail-error.ts';
export { Mailer, type SendOptions } from './mailer.ts';
export type { EmailMessage } from './message.ts';

declare module '@phraseworks/sdk' {
  interface PluginConfigs {
    email: typeof EmailConfig;
  }
}

// A constant, because TypeScript does not rewrite import() specifiers inside `export default`.
const email = definePlugin({
  name: 'email',
  version: '0.1.0',
  title: 'Email',
  description: 'Sends mail over SMTP from Handlebars templates, tracks each delivery, and has a local test mailbox.',
  sdk: '^0.1.0',
  config: EmailConfig,
  // Setting the transport over HTTP would let a caller connect to any port inside the network and read its banner in the error of a mail.
  fileOnly: ['templates', 'dkim.keyFile', 'transport'],
  needs: { uploads: optional(Uploads), frame: optional(PageFrame) },
  provides: [Mailer],
  tables,
  async init(ctx) {
    const { config, clock, log, routes, publicRoutes } = ctx;
    const { mailer, sources, links, suppressions, tracking, previews, messages, openMailbox } = await assemble(ctx);
    ctx.provide(Mailer, mailer);
    const show = showIn(ctx.needs);
    // Closed for a while when the server asks for it; a site gives it the numbers of its server.
    ctx.defineLimit('smtp', { concurrency: 20 });

    ctx.registerProcessor(
      'email',
      lazy(async () => {
        const { emailProcessor } = await import('./processor.ts');
        const { getJobStatus, getJobHistory } = ctx;
        return { default: emailProcessor({ mailer, clock, getJobStatus, getJobHistory }) };
      }),
      {
        data: emailData(sources),
        // Sending any content to any address in the site's name needs more than the right to add jobs.
        access: 'operate',
        timeout: 30_000,
        maxRetries: 3,
        retryDelay: 5_000,
        giveUpAfter: '1 day',
        concurrency: 5,
        limit: 'smtp',
        summary,
        view: mailView(tracking, messages, clock),
        example,
      },
    );

    ctx.registerProcessor('email_campaign', campaignProcessor(ctx), {
      data: campaignData(sources),
      access: 'operate',
      summary: campaignSummary,
      view: campaignView,
      example: {
        name: 'Newsletter of May',
        letter: { subject: 'News', text: 'Hello' },
        recipients: [{ to: 'user@example.com' }],
      },
    });

    addMailboxRoutes(ctx, { messages, openMailbox, show });
    addDeliveryRoutes(ctx, tracking);
    addSuppressionRoutes(ctx, suppressions);
    addPreviewRoutes(routes, previews, show);
    addUnsubscribeRoutes(publicRoutes, { links, suppressions, log });
    addBounceRoutes(publicRoutes, { secret: config.bounces.secret, tracking, suppressions, log });

    ctx.panel(mailboxPanel(messages, clock, openMailbox));
    ctx.panel(deliveriesPanel(tracking, clock, openMailbox));
    ctx.panel(templatesPanel(previews));
    ctx.panel(suppressionPanel(suppressions, clock));
    ctx.addFilter('report:figures', async (figures, period) => [...figures, ...(await mailFigures(tracking, period))]);
  },
});

export default email;
