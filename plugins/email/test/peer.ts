// A real SMTP server on loopback as the other side: it answers as a test tells it, and counts what it took.
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import type { SmtpServer } from '../src/smtp-server.ts';

export interface Received {
  to: string[];
  from: string;
  source: string;
}

export interface Peer extends AsyncDisposable {
  server: SmtpServer;
  /** Mails that were answered with 250. */
  mails: Received[];
  /** Connections that are open now. */
  open: () => number;
  /** Resolves when none is open. */
  idle: () => Promise<void>;
  /** Closes all connections without a word. */
  hangUp: () => void;
}

export interface Behaviour {
  rcpt?: (address: string) => [number, string] | undefined;
  from?: (address: string) => [number, string] | undefined;
  /** After the final dot; the mail counts as taken when it answers nothing. */
  data?: (
    mail: Received,
    session: SMTPServerSession,
  ) => [number, string] | undefined | Promise<[number, string] | undefined>;
  login?: { user: string; pass: string };
}

const reply = (answer: [number, string] | undefined) =>
  answer ? Object.assign(new Error(answer[1]), { responseCode: answer[0] }) : null;

async function read(stream: SMTPServerDataStream): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('latin1');
}

export async function smtpPeer(behaviour: Behaviour = {}): Promise<Peer> {
  const mails: Received[] = [];
  const { login } = behaviour;
  const server = new SMTPServer({
    disableReverseLookup: true,
    allowInsecureAuth: true,
    authOptional: login === undefined,
    disabledCommands: login ? ['STARTTLS'] : ['AUTH', 'STARTTLS'],
    closeTimeout: 100,
    onAuth: ({ username, password }, _session, done) => {
      const ok = username === login?.user && password === login?.pass;
      done(ok ? null : reply([535, '5.7.8 login refused']), ok ? { user: username } : undefined);
    },
    onMailFrom: ({ address }, _session, done) => done(reply(behaviour.from?.(address))),
    onRcptTo: ({ address }, _session, done) => done(reply(behaviour.rcpt?.(address))),
    onData: (stream, session, done) => {
      const take = async () => {
        const { mailFrom, rcptTo } = session.envelope;
        const mail = {
          from: mailFrom ? mailFrom.address : '',
          to: rcptTo.map((one) => one.address),
          source: await read(stream),
        };
        const answer = await behaviour.data?.(mail, session);
        if (!answer) mails.push(mail);
        done(reply(answer), 'taken');
      };
      take().catch(done);
    },
  });
  server.on('error', () => {});
  const sockets = new Set<Socket>();
  server.server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo;
  return {
    server: { host: '127.0.0.1', port, secure: false, ...(login ? { auth: login } : {}) },
    mails,
    open: () => sockets.size,
    idle: async () => {
      while (sockets.size > 0) await once([...sockets][0] as Socket, 'close');
    },
    hangUp: () => {
      for (const socket of sockets) socket.end();
    },
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(resolve)),
  };
}

export interface RawPeer extends AsyncDisposable {
  server: SmtpServer;
  /** Resolves when a client has connected, and when it is gone. */
  connected: Promise<void>;
  disconnected: Promise<void>;
}

/** A server by hand, for what a well-behaved one cannot do: `handle` is given each connection. */
export async function rawPeer(handle: (socket: Socket) => void): Promise<RawPeer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    handle(socket);
    // Unread data would hide that the other side has closed the connection.
    if (socket.listenerCount('data') === 0) socket.resume();
  });
  const connected = once(server, 'connection').then(([socket]) => socket as Socket);
  const disconnected = connected.then(
    (socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    server: { host: '127.0.0.1', port, secure: false },
    connected: connected.then(() => undefined),
    disconnected,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Speaks SMTP up to the final dot and then cuts the line without an answer; `dots` counts them. */
export function cutAfterDot(socket: Socket, seen: (source: string) => void): void {
  let body: string | undefined;
  socket.write('220 cut\r\n');
  socket.on('data', (chunk) => {
    if (body !== undefined) {
      body += chunk.toString('latin1');
      if (body.endsWith('\r\n.\r\n')) {
        seen(body);
        socket.destroy();
      }
      return;
    }
    for (const line of chunk.toString('latin1').split('\r\n').filter(Boolean)) {
      if (line === 'DATA') {
        body = '';
        socket.write('354 go on\r\n');
      } else socket.write('250 ok\r\n');
    }
  });
}

/** A header of a mail as one line; undefined when it is not there. */
export function headerOf(source: string, name: string): string | undefined {
  const head = (source.split('\r\n\r\n')[0] ?? '').replace(/\r\n[ \t]+/g, ' ');
  const line = head.split('\r\n').find((one) => one.toLowerCase().startsWith(`${name.toLowerCase()}:`));
  return line?.slice(name.length + 1).trim();
}
