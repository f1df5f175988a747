// The SMTP server, as a URL or in parts.
import { z } from 'zod';

export interface SmtpServer {
  host: string;
  port: number;
  /** TLS from the first byte; otherwise STARTTLS where the server offers it. */
  secure: boolean;
  auth?: { user: string; pass: string } | undefined;
}

export const ServerObject = z.strictObject({
  host: z.string().min(1).max(255).describe('Name or address of the SMTP server, such as mail.example.com.'),
  port: z.coerce
    .number()
    .int()
    .min(1)
    .max(65_535)
    .default(587)
    .describe('Its port, such as 465 for TLS from the start; 587 by default.'),
  secure: z
    .boolean()
    .default(false)
    .describe('TLS from the start; off by default, which uses STARTTLS if the server offers it.'),
  auth: z
    .strictObject({
      user: z.string().min(1).describe('User name at the SMTP server.'),
      pass: z.string().min(1).meta({ secret: true }).describe('Its password; never sent over a network unencrypted.'),
    })
    .optional()
    .describe('The login, if the SMTP server needs one; none by default.'),
});

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
