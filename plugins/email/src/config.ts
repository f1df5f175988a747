// The configuration of the plugin.
import { z } from 'zod';
import { Address } from './address.ts';
import { DkimConfig } from './dkim.ts';
import { parseSmtpUrl, ServerObject, type SmtpServer } from './smtp-server.ts';

/** Milliseconds. */
const Milliseconds = z.coerce.number().int().min(10).max(600_000).meta({ unit: 'milliseconds' });
const Port = z.coerce.number().int().max(65_535);
const Count = z.coerce.number().int().min(1);

const NOT_A_TRANSPORT = "must be 'mailbox', 'cms', an smtp:// or smtps:// URL, or { host, port, secure, auth }";
const isTransport = (text: string): boolean => text === 'mailbox' || text === 'cms' || parseSmtpUrl(text) !== null;

const NOT_A_URL = 'must be an http:// or https:// URL without query, such as https://example.com/jobs';
const isPublicUrl = (text: string): boolean => {
  if (!URL.canParse(text)) return false;
  const { protocol, search, hash, username } = new URL(text);
  return (protocol === 'https:' || protocol === 'http:') && search + hash + username === '';
};

const PoolConfig = z.strictObject({
  connections: Count.max(100).default(5).describe('Maximum number of SMTP connections; 5 by default.'),
  idle: Milliseconds.default(15_000).describe(
    'After this time, at most timeouts.socket, an idle connection is closed; 15 s by default.',
  ),
  messages: Count.max(100_000).default(100).describe('Mails after which a connection is replaced; 100 by default.'),
});

const MailboxConfig = z.strictObject({
  port: Port.min(0)
    .default(2525)
    .describe('Port of the local mailbox; 2525 by default. If it is in use, or 0, any free port.'),
  keep: Count.max(10_000).default(200).describe('How many mails the local mailbox keeps; 200 by default.'),
});

/** Their sum should stay below the job's timeout. */
const TimeoutsConfig = z.strictObject({
  connect: Milliseconds.default(10_000).describe('How long to connect to the SMTP server; 10 s by default.'),
  greeting: Milliseconds.default(10_000).describe(
    'How long to wait for the greeting of the SMTP server; 10 s by default.',
  ),
  socket: Milliseconds.default(20_000).describe('How long the SMTP server may give no answer; 20 s by default.'),
});

export const EmailConfig = z.strictObject({
  from: Address.default('no-reply@localhost').describe(
    'The sender of every mail, such as news@example.com; no-reply@localhost by default.',
  ),
  fromName: z
    .string()
    .min(1)
    .max(100)
    .regex(/^\P{Cc}+$/u)
    .optional()
    .describe("The sender's name, such as Example News; none by default."),
  /** Shown with a mask when the URL holds a password. */
  transport: z
    .union([
      z
        .string()
        .refine(isTransport, { params: { message: NOT_A_TRANSPORT } })
        .meta({ title: 'Name or URL' }),
      ServerObject.meta({ title: 'SMTP server' }),
    ])
    .default('mailbox')
    .describe(
      "How mail is sent: mailbox (a local test mailbox, default), cms (the site's own mailer), smtp://user:password@host:587 or its parts.",
    ),
  dkim: DkimConfig.optional().describe('Signs all mail that is sent over SMTP; off by default.'),
  pool: PoolConfig.prefault({}).describe('SMTP connections, which are shared and stay open for a while.'),
  templates: z
    .string()
    .min(1)
    .optional()
    .describe('Folder of your own templates (*.hbs), relative to the working directory, such as templates/mail.'),
  variables: z
    .record(z.string(), z.unknown())
    .default({})
    .describe('Variables for every template, such as siteName and siteAddress; variables of a mail override them.'),
  publicUrl: z
    .string()
    .max(500)
    .refine(isPublicUrl, { params: { message: NOT_A_URL } })
    .optional()
    .describe(
      'Where the job system is reached from outside, such as https://example.com/jobs; without it bulk mail has no link to unsubscribe.',
    ),
  secret: z
    .string()
    .min(16)
    .max(200)
    .meta({ secret: true })
    .optional()
    .describe('Signs unsubscribe links; at least 16 characters. By default, one is generated and stored.'),
  bounces: z
    .strictObject({
      secret: z
        .string()
        .min(16)
        .max(200)
        .meta({ secret: true })
        .optional()
        .describe('Secret of the webhook, at least 16 characters; without it, the webhook is off.'),
    })
    .prefault({})
    .describe('The webhook through which a mail provider reports bounces.'),
  maxAttachmentBytes: Count.max(50_000_000)
    .default(10_000_000)
    .meta({ unit: 'bytes', title: 'Max attachment size' })
    .describe('Maximum total size of the attachments of a mail; 10 MB by default.'),
  mailbox: MailboxConfig.prefault({}).describe('The local test mailbox, which captures mail and does not deliver it.'),
  timeouts: TimeoutsConfig.prefault({}).describe('How long to wait for the SMTP server.'),
  keepDeliveries: Count.max(3_650).default(90).describe('Days to keep the record of a delivery; 90 by default.'),
});

export type Config = z.output<typeof EmailConfig>;

/** Null for the local mailbox and for the site's own mailer. */
export function serverOf({ transport }: Config): SmtpServer | null {
  return typeof transport === 'string' ? parseSmtpUrl(transport) : transport;
}
