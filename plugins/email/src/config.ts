// The configuration of the plugin.
import { z } from 'zod';
import { Address } from './address.ts';
import { DkimConfig } from './dkim.ts';
import { parseSmtpUrl, ServerObject, type SmtpServer } from './smtp-server.ts';

/** Milliseconds. */
const Milliseconds = z.coerce.number().int().min(10).max(600_000);
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

export const EmailConfig = z.strictObject({
  /** The sender of every mail; its domain ends the Message-IDs. */
  from: Address.default('no-reply@localhost'),
  fromName: z
    .string()
    .min(1)
    .max(100)
    .regex(/^\P{Cc}+$/u)
    .optional(),
  /** `'mailbox'`, `'cms'` (the filter `get_mailer`), an SMTP URL or its parts. Shown with a mask when the URL holds a password. */
  transport: z
    .union([z.string().refine(isTransport, { params: { message: NOT_A_TRANSPORT } }), ServerObject])
    .default('mailbox'),
  /** Signs every mail that goes out over SMTP. */
  dkim: DkimConfig.optional(),
  /** Connections are shared by all mails and kept open for a while. */
  pool: z
    .strictObject({
      connections: Count.max(100).default(5),
      /** Milliseconds without a mail after which a connection is closed. */
      idle: Milliseconds.default(15_000),
      /** Mails after which a connection is replaced. */
      messages: Count.max(100_000).default(100),
    })
    .prefault({}),
  /** Mails per second in this process; no limit by default. */
  rate: z.coerce.number().min(0.01).max(1_000).optional(),
  /** For each domain that is written to, in this process; no limit by default. */
  perDomain: z
    .strictObject({ atOnce: Count.max(100).optional(), perMinute: Count.max(100_000).optional() })
    .prefault({}),
  /** Folder of own templates (`*.hbs`); relative to the working directory. */
  templates: z.string().min(1).optional(),
  /** Known to every template; what a mail brings wins. */
  variables: z.record(z.string(), z.unknown()).default({}),
  /** Where the job system is reached from outside: for links in mails. */
  publicUrl: z
    .string()
    .max(500)
    .refine(isPublicUrl, { params: { message: NOT_A_URL } })
    .optional(),
  /** Signs the links in mails. One is made and stored when it is left out. */
  secret: z.string().min(16).max(200).meta({ secret: true }).optional(),
  /** What the mail provider tells of mails that came back; closed without a secret. */
  bounces: z.strictObject({ secret: z.string().min(16).max(200).meta({ secret: true }).optional() }).prefault({}),
  /** Bytes of all attachments of one mail together. */
  maxAttachmentBytes: Count.max(50_000_000).default(10_000_000),
  mailbox: z
    .strictObject({
      /** Tried first; when it is taken, any free one. 0: any free one. */
      port: Port.min(0).default(2525),
      /** Messages; older ones are removed. */
      keep: Count.max(10_000).default(200),
    })
    .prefault({}),
  /** Together they should stay within the job's own timeout. */
  timeouts: z
    .strictObject({
      connect: Milliseconds.default(10_000),
      greeting: Milliseconds.default(10_000),
      socket: Milliseconds.default(20_000),
    })
    .prefault({}),
  /** Days after which a delivery row is forgotten. */
  keepDeliveries: Count.max(3_650).default(90),
});

export type Config = z.output<typeof EmailConfig>;

/** Null for the local mailbox and for the site's own mailer. */
export function serverOf({ transport }: Config): SmtpServer | null {
  return typeof transport === 'string' ? parseSmtpUrl(transport) : transport;
}
