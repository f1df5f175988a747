// The local mailbox: an SMTP server on loopback that captures mail for the browser and delivers nothing.
import type { AddressInfo } from 'node:net';
import type { Logger } from '@phraseworks/sdk';
import type { SMTPServer, SMTPServerDataStream, SMTPServerSession } from 'smtp-server';
import { localPartOf } from './address.ts';
import type { Messages } from './messages.ts';
import { storedAs } from './report.ts';
import type { SmtpServer } from './smtp-server.ts';

const HOST = '127.0.0.1';
/** Fits a mail with the largest attachments allowed by default, encoded. */
const MAX_BYTES = 15_000_000;
const FLAKY_REFUSALS = 2;
const FLAKY_MEMORY = 1_000;

export type Mailbox = ReturnType<typeof createMailbox>;

const reply = (responseCode: number, text: string) => Object.assign(new Error(text), { responseCode });
const isFor = (name: string, address: string): boolean => localPartOf(address).toLowerCase() === name;

/** Counts earlier mails with this Message-ID; forgets the oldest ids. */
function counter(): (messageId: string) => number {
  const seen = new Map<string, number>();
  return (messageId) => {
    const before = seen.get(messageId) ?? 0;
    seen.delete(messageId);
    seen.set(messageId, before + 1);
    const [oldest] = seen.keys();
    if (seen.size > FLAKY_MEMORY && oldest !== undefined) seen.delete(oldest);
    return before;
  };
}

async function readAll(stream: SMTPServerDataStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    // Read to the end, since SMTP responds after the final dot.
    if (bytes <= MAX_BYTES) chunks.push(chunk);
  }
  if (bytes > MAX_BYTES) throw reply(552, '5.3.4 the mail is too large for the local mailbox');
  return Buffer.concat(chunks);
}

function listen(server: SMTPServer, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error) => reject(error);
    server.once('error', failed);
    // Otherwise the worker processes of a site would share the port.
    server.listen({ port, host: HOST, exclusive: true }, () => {
      server.off('error', failed);
      resolve((server.server.address() as AddressInfo).port);
    });
  });
}

/** `port` is tried first, then any free one; 0 means any free one. */
export function createMailbox(port: number, messages: Messages, log: Logger) {
  let running: Promise<{ server: SMTPServer; address: SmtpServer }> | undefined;
  const refusedBefore = counter();

  async function receive(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<string> {
    const source = await readAll(stream);
    const { default: PostalMime } = await import('postal-mime');
    const mail = await PostalMime.parse(source);
    const { mailFrom, rcptTo } = session.envelope;
    const messageId = mail.messageId ?? '';
    if (rcptTo.some(({ address }) => isFor('flaky', address)) && refusedBefore(messageId) < FLAKY_REFUSALS) {
      throw reply(451, '4.3.0 mailbox busy, try again');
    }
    const id = await messages.add({
      message_id: messageId,
      sender: mailFrom === false ? '' : mailFrom.address,
      recipient: rcptTo.map(({ address }) => address).join(', '),
      subject: mail.subject ?? '',
      source,
    });
    return `OK: ${storedAs(id)}`;
  }

  async function start() {
    const { SMTPServer } = await import('smtp-server');
    const make = () =>
      new SMTPServer({
        name: 'localhost',
        banner: 'local mailbox, does not deliver',
        size: MAX_BYTES,
        authOptional: true,
        disabledCommands: ['AUTH', 'STARTTLS'],
        disableReverseLookup: true,
        closeTimeout: 500,
        onRcptTo: ({ address }, _session, done) =>
          done(isFor('refused', address) ? reply(550, '5.2.1 refused on purpose') : null),
        onData: (stream, session, done) => {
          receive(stream, session).then(
            (answer) => done(null, answer),
            (error: Error & { responseCode?: number }) => {
              if (error.responseCode === undefined) log.error('the local mailbox could not store a mail', error);
              done(error.responseCode === undefined ? reply(451, '4.3.0 the mail could not be stored') : error);
            },
          );
        },
      });
    let server = make();
    const bound = await listen(server, port).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES') throw error;
      server = make();
      return listen(server, 0);
    });
    // Ignore disconnected clients.
    server.on('error', (error: Error) => log.debug('local mailbox', error.message));
    log.info(`local mailbox: smtp://${HOST}:${bound}${port === 0 || bound === port ? '' : ` (port ${port} is taken)`}`);
    return { server, address: { host: HOST, port: bound, secure: false } };
  }

  return {
    /** Starts the server with the first call. */
    async open(): Promise<SmtpServer> {
      running ??= start().catch((error: unknown) => {
        running = undefined;
        throw error;
      });
      return (await running).address;
    },
    async close(): Promise<void> {
      const open = await running?.catch(() => undefined);
      running = undefined;
      if (open) await new Promise<void>((resolve) => open.server.close(resolve));
    },
  };
}
