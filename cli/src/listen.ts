// The HTTP server of a process: listens on a port or the next free one, answers while the site starts, and drops stalled readers.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { ERRORS, JobsError } from '@phraseworks/sdk';

const TRIES = 20;

/** Null if the port is taken. Throws `INVALID_CONFIG` for any other failure. */
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
  /** Has no request handler yet. */
  server: Server;
  port: number;
}

/** Listens on exactly this port; 0: on any free one. Throws `INVALID_CONFIG`. */
export async function listenOn(port: number, hostname: string): Promise<Listening> {
  const server = await tryPort(port, hostname);
  if (!server)
    throw new JobsError(
      'INVALID_CONFIG',
      `Port ${port} is in use: stop the program that uses it, or choose another port.`,
    );
  return { server, port: (server.address() as AddressInfo).port };
}

/** Listens on the first free port from `first` on. Throws `INVALID_CONFIG`. */
export async function listenFrom(first: number, hostname: string): Promise<Listening> {
  for (let port = first; port < first + TRIES; port += 1) {
    const server = await tryPort(port, hostname);
    if (server) return { server, port };
  }
  throw new JobsError(
    'INVALID_CONFIG',
    `The ports ${first} to ${first + TRIES - 1} are all in use: set PORT to another one.`,
  );
}

const refused = (error: NodeJS.ErrnoException): JobsError =>
  new JobsError('INVALID_CONFIG', `The server cannot listen (${error.code ?? 'no code'}): check PORT and HOST.`, {
    cause: error,
  });

/** Milliseconds without a read after which a client is disconnected. */
const STALLED = 30_000;

/** Disconnects clients that do not read their answers, which would stay in memory. Requests still in progress go on. */
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

const RETRY_AFTER = '5';

/** Answers while the site starts: it is alive but not ready. `mountPath` is where the job system will be. */
export function waitingAnswers(mountPath: string): (request: Request) => Response {
  return (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === `${mountPath}/health`) return Response.json({ status: 'ok' });
    const headers = { 'retry-after': RETRY_AFTER, 'cache-control': 'no-store' };
    if (pathname === `${mountPath}/ready`)
      return Response.json({ ready: false, reason: 'starting' }, { status: 503, headers });
    const { status, title } = ERRORS.UNAVAILABLE;
    const detail = 'The site is starting and waits for its database.';
    return Response.json(
      { type: `${mountPath}/api/docs#UNAVAILABLE`, title, status, code: 'UNAVAILABLE', detail },
      { status, headers: { ...headers, 'content-type': 'application/problem+json' } },
    );
  };
}
