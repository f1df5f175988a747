// Listens on a port, or on the next free one.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { JobsError } from '@phraseworks/sdk';

const TRIES = 20;

/** Null where the port is taken. Throws `INVALID_CONFIG` for any other reason. */
async function tryPort(port: number, hostname: string): Promise<Server | null> {
  const server = createServer();
  const taken = await new Promise<boolean>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(true) : reject(refused(error)),
    );
    server.listen(port, hostname, () => resolve(false));
  });
  return taken ? null : server;
}

export interface Listening {
  /** It answers nothing before it has a handler. */
  server: Server;
  port: number;
}

/** On this port alone; 0: on any that is free. Throws `INVALID_CONFIG`. */
export async function listenOn(port: number, hostname: string): Promise<Listening> {
  const server = await tryPort(port, hostname);
  if (!server)
    throw new JobsError('INVALID_CONFIG', `Port ${port} is taken: stop what listens there, or choose another port.`);
  return { server, port: (server.address() as AddressInfo).port };
}

/** On the first free port from `first` on. Throws `INVALID_CONFIG`. */
export async function listenFrom(first: number, hostname: string): Promise<Listening> {
  for (let port = first; port < first + TRIES; port += 1) {
    const server = await tryPort(port, hostname);
    if (server) return { server, port };
  }
  throw new JobsError(
    'INVALID_CONFIG',
    `The ports ${first} to ${first + TRIES - 1} are all taken: set PORT to another one.`,
  );
}

const refused = (error: NodeJS.ErrnoException): JobsError =>
  new JobsError('INVALID_CONFIG', `The server cannot listen (${error.code ?? 'no code'}): check PORT and HOST.`, {
    cause: error,
  });

/** Milliseconds in which nothing of an answer is read. */
const STALLED = 30_000;

/** Cuts off clients that ask and do not read, since their answers lie in memory meanwhile. What is still being worked on goes on. */
export function dropStalledReaders(server: Server, stalled = STALLED): void {
  const answers = new WeakMap<Socket, ServerResponse>();
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    answers.set(request.socket, response);
    response.once('close', () => {
      if (answers.get(request.socket) === response) answers.delete(request.socket);
    });
  });
  server.setTimeout(stalled, (socket: Socket) => {
    const answer = answers.get(socket);
    if (!answer || answer.writableLength > 0 || socket.writableLength > 0) socket.destroy();
  });
}
