// The SMTP connections of this process: shared by all mails, pooled, with timeouts and an abort signal.
import type { DkimKey } from './dkim.ts';
import { type Letter, mailOf } from './letter.ts';
import type { Outcome } from './outcome.ts';
import { cleanResponse, readFailure } from './outcome.ts';
import type { SmtpServer } from './smtp-server.ts';

/** Milliseconds. */
export interface Timeouts {
  connect: number;
  greeting: number;
  socket: number;
}

export interface ConnectionOptions {
  timeouts: Timeouts;
  /** `idle` in milliseconds. */
  pool?: { connections: number; idle: number; messages: number };
  dkim?: DkimKey | undefined;
}

export interface Connection {
  /** Never throws for errors of the server. After an abort, the outcome tells whether the mail may have been sent. */
  send(letter: Letter, signal: AbortSignal): Promise<Outcome>;
  close(): void;
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/i;
const POOL = { connections: 5, idle: 15_000, messages: 100 };

function optionsOf(server: SmtpServer, { timeouts, pool = POOL, dkim }: ConnectionOptions) {
  return {
    host: server.host,
    port: server.port,
    secure: server.secure,
    ...(server.auth ? { auth: server.auth } : {}),
    // Never send a password unencrypted over a network.
    requireTLS: server.auth !== undefined && !server.secure && !LOOPBACK.test(server.host),
    connectionTimeout: timeouts.connect,
    dnsTimeout: timeouts.connect,
    greetingTimeout: timeouts.greeting,
    socketTimeout: timeouts.socket,
    socketCloseTimeout: 500,
    disableFileAccess: true,
    disableUrlAccess: true,
    maxRecipients: 1,
    pool: true as const,
    maxConnections: pool.connections,
    maxMessages: pool.messages,
    // Shorter than the socket timeout, so that a connection ends with QUIT.
    idleTimeout: Math.min(pool.idle, timeouts.socket - 1),
    // nodemailer may requeue only a mail of which no byte was sent; all other retries are ours.
    maxRequeues: 1,
    ...(dkim === undefined ? {} : { dkim }),
  };
}

/** Loads nodemailer. Connections are opened by the first mails. */
export async function openConnection(server: SmtpServer, options: ConnectionOptions): Promise<Connection> {
  const { createTransport } = await import('nodemailer');
  const transport = createTransport(optionsOf(server, options));
  /** Message-ID and recipient of mails in flight whose last byte was sent. */
  const sent = new Set<string>();
  const keyOf = (messageId: unknown, recipient: unknown): string => `${String(messageId)} ${String(recipient)}`;

  transport.use('stream', (mail, done) => {
    const { message } = mail;
    const key = keyOf(mail.data.messageId, message.getEnvelope().to[0]);
    const make = message.createReadStream.bind(message);
    message.createReadStream = (...args) => {
      sent.delete(key);
      return make(...args).once('end', () => sent.add(key));
    };
    done();
  });

  return {
    async send(letter, signal) {
      const key = keyOf(letter.messageId, letter.recipient);
      try {
        const info = await transport.sendMail({ ...mailOf(letter), signal });
        return { state: 'accepted', response: cleanResponse(info.response) };
      } catch (error) {
        const outcome = readFailure(error, sent.has(key));
        if (!outcome) throw error;
        return outcome;
      } finally {
        sent.delete(key);
      }
    },
    close: () => transport.close({ force: true }),
  };
}

/** Opens on the first call, and again after a failure. */
export function sharedConnection(open: () => Promise<Connection>): { get(): Promise<Connection>; close(): void } {
  let opened: Promise<Connection> | undefined;
  return {
    get: () => {
      opened ??= open().catch((error: unknown) => {
        opened = undefined;
        throw error;
      });
      return opened;
    },
    close: () => {
      opened?.then(
        (connection) => connection.close(),
        () => {},
      );
      opened = undefined;
    },
  };
}
