// One SMTP connection for one attempt: a transaction per recipient, time-outs, and an end when the signal fires.
import { PassThrough } from 'node:stream';
import type { SmtpServer } from './config.ts';
import type { Outcome } from './outcome.ts';
import { cleanResponse, readFailure } from './outcome.ts';

/** A mail to one recipient, ready to be sent. Only these fields can reach nodemailer. */
export interface Letter {
  from: string;
  fromName: string | undefined;
  to: string;
  replyTo: string | undefined;
  subject: string;
  html: string | undefined;
  text: string;
  messageId: string;
}

/** Milliseconds. */
export interface Timeouts {
  connect: number;
  greeting: number;
  socket: number;
}

export interface Connection {
  /** Never throws for what the server did; throws the signal's reason after writing nothing more. */
  send(letter: Letter, signal: AbortSignal): Promise<Outcome>;
  close(): void;
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/i;

function options(server: SmtpServer, timeouts: Timeouts) {
  return {
    host: server.host,
    port: server.port,
    secure: server.secure,
    ...(server.auth ? { auth: server.auth } : {}),
    // A password never crosses a network in the clear.
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
    maxConnections: 1,
    // Only a mail of which no byte was sent is put on a fresh connection; everything else is ours to decide.
    maxRequeues: 1,
  };
}

const bare = (address: string, name = '') => ({ name, address });

/** Loads nodemailer. The connection is opened by the first `send`. */
export async function openConnection(server: SmtpServer, timeouts: Timeouts): Promise<Connection> {
  const { createTransport } = await import('nodemailer');
  const transport = createTransport(options(server, timeouts));
  let sent = false;
  transport.use('stream', (mail, done) => {
    sent = false;
    const watch = () =>
      new PassThrough({
        flush(end) {
          sent = true;
          end();
        },
      });
    mail.message.transform(watch);
    done();
  });

  return {
    async send(letter, signal) {
      try {
        const info = await transport.sendMail({
          from: bare(letter.from, letter.fromName),
          to: bare(letter.to),
          ...(letter.replyTo === undefined ? {} : { replyTo: bare(letter.replyTo) }),
          envelope: { from: letter.from, to: [letter.to] },
          subject: letter.subject,
          text: letter.text,
          ...(letter.html === undefined ? {} : { html: letter.html }),
          messageId: letter.messageId,
          headers: { 'Auto-Submitted': 'auto-generated' },
          xMailer: false,
          disableFileAccess: true,
          disableUrlAccess: true,
          signal,
        });
        return { state: 'accepted', response: cleanResponse(info.response) };
      } catch (error) {
        const outcome = readFailure(error, sent);
        if (!outcome) throw error;
        return outcome;
      }
    },
    close: () => transport.close({ force: true }),
  };
}
