// The configuration of the plugin, and the SMTP server it names.
import { z } from 'zod';
import { Address } from './address.ts';

/** Milliseconds. */
const Milliseconds = z.coerce.number().int().min(10).max(600_000);
const Port = z.coerce.number().int().max(65_535);

/** `smtp://user:password@host:port` or `smtps://...`; null for anything else. */
export function parseSmtpUrl(text: string): SmtpServer | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  const rest = url.pathname.replace(/^\/$/, '') + url.search + url.hash;
  if ((url.protocol !== 'smtp:' && url.protocol !== 'smtps:') || url.hostname === '' || rest !== '') return null;
  const secure = url.protocol === 'smtps:';
  const server = {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
    secure,
  };
  if (url.username === '') return server;
  try {
    return { ...server, auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) } };
  } catch {
    return null;
  }
}

export interface SmtpServer {
  host: string;
  port: number;
  /** TLS from the first byte; otherwise STARTTLS where the server offers it. */
  secure: boolean;
  auth?: { user: string; pass: string } | undefined;
}

const NOT_A_TRANSPORT = "must be 'mailbox', an smtp:// or smtps:// URL, or { host, port, secure, auth }";
const isTransport = (text: string): boolean => text === 'mailbox' || parseSmtpUrl(text) !== null;

const ServerObject = z.strictObject({
  host: z.string().min(1).max(255),
  port: Port.min(1).default(587),
  secure: z.boolean().default(false),
  auth: z.strictObject({ user: z.string().min(1), pass: z.string().min(1).meta({ secret: true }) }).optional(),
});

export const EmailConfig = z.strictObject({
  /** The sender of every mail; its domain ends the Message-IDs. */
  from: Address.default('no-reply@localhost'),
  fromName: z
    .string()
    .min(1)
    .max(100)
    .regex(/^\P{Cc}+$/u)
    .optional(),
  /** `'mailbox'`, an SMTP URL or its parts. Shown with a mask when the URL holds a password. */
  transport: z
    .union([z.string().refine(isTransport, { params: { message: NOT_A_TRANSPORT } }), ServerObject])
    .default('mailbox'),
  /** Folder of own templates (`*.hbs`); relative to the working directory. */
  templates: z.string().min(1).optional(),
  mailbox: z
    .strictObject({
      /** Tried first; when it is taken, any free one. 0: any free one. */
      port: Port.min(0).default(2525),
      /** Messages; older ones are removed. */
      keep: z.coerce.number().int().min(1).max(10_000).default(200),
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
  keepDeliveries: z.coerce.number().int().min(1).max(3_650).default(30),
});

export type Config = z.output<typeof EmailConfig>;

/** Null for the local mailbox. */
export function serverOf(config: Config): SmtpServer | null {
  if (typeof config.transport !== 'string') return config.transport;
  return config.transport === 'mailbox' ? null : parseSmtpUrl(config.transport);
}
