// The WebSocket: the route that authorizes clients, upgrades on any node http server, and the connection between a socket and the hub.
import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Dispose, JobsError, type Logger } from '@phraseworks/sdk';
import { type Context, type Handler, Hono } from 'hono';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import type { UpgradeServer } from '../jobs-host.ts';
import type { Clock } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import { CLOSE, type ConnectOptions, HEARTBEAT, MAX_BUFFERED } from '../live/client.ts';
import type { Hub } from '../live/hub.ts';

/** Milliseconds a client has to answer the close frame. */
const GOODBYE = 3_000;

/** What the caller may receive. Throws `UNAUTHORIZED`, `FORBIDDEN`, `INVALID_DATA`. */
type Authorize = (c: Context) => Promise<ConnectOptions>;

/** A key in the environment of a request: takes over an upgrade that the route authorized. */
const TAKE_OVER = Symbol('take over the upgrade');
type TakeOver = (options: ConnectOptions) => void;

/** Upgrades that `attachWebSocket` answers, so that no other listener does. */
const taken = new WeakSet<object>();

interface Environment {
  [TAKE_OVER]?: TakeOver;
  incoming?: object;
}

/** `GET /ws`: authorizes the upgrades that `attachWebSocket` makes. */
export function webSocketRoute(authorize: Authorize): Handler {
  return async (c) => {
    if (c.req.header('upgrade')?.toLowerCase() !== 'websocket' || c.req.raw.method !== 'GET') {
      throw new JobsError('NOT_FOUND', 'This address only accepts WebSocket upgrades.');
    }
    const env = (c.env ?? {}) as Environment;
    const takeOver = env[TAKE_OVER];
    if (takeOver) {
      takeOver(await authorize(c));
      return c.body(null, 204);
    }
    if (env.incoming && taken.has(env.incoming)) return c.body(null, 204);
    throw new JobsError('UNAVAILABLE', 'Nothing takes WebSocket upgrades here. Call jobs.attachWebSocket(server).');
  };
}

/** Connects an open socket to the hub until one of them closes. Terminates a client that has not answered a ping by the next one. */
function follow(socket: WebSocket, { hub, clock, options }: { hub: Hub; clock: Clock; options: ConnectOptions }): void {
  let stopWaiting = (): void => {};
  const hangUp = (code: number, reason: string): void => {
    socket.close(code, reason);
    stopWaiting = clock.after(GOODBYE, () => socket.terminate());
  };
  let alive = true;
  const beat = (): void => {
    if (!alive) {
      socket.terminate();
      return;
    }
    alive = false;
    socket.ping();
    stopPinging = clock.after(HEARTBEAT, beat);
  };
  let stopPinging = clock.after(HEARTBEAT, beat);
  // Add the listeners first: the hub may close the connection at once.
  socket.on('pong', () => {
    alive = true;
  });
  socket.on('close', () => {
    stopPinging();
    stopWaiting();
    connection.closed();
  });
  // On a broken frame, ws itself answers (1002, 1007, 1009) and closes.
  socket.on('error', () => {});
  // Every ping gets an answer, so a client that sends pings and never reads would fill the memory.
  socket.on('ping', () => {
    if (socket.bufferedAmount > MAX_BUFFERED) socket.terminate();
  });
  const connection = hub.connect(
    {
      send: (frame) => socket.send(frame, { binary: false, compress: false }),
      close: hangUp,
      buffered: () => socket.bufferedAmount,
    },
    options,
  );
  socket.on('message', (data: RawData, binary: boolean) => {
    if (binary) hangUp(CLOSE.notText, 'messages must be text');
    else connection.receive(data.toString());
  });
}

/** Bytes of one message. */
const MAX_PAYLOAD = 64 * 1024;
const MAX_FRAGMENTS = 128;

/** The route of the app that authorizes clients. */
const ROUTE = '/ws';

interface AttachOptions {
  /** The exact path of the upgrades to answer: `/jobs/ws`. */
  path: string;
  app: Hono;
  hub: Hub;
  clock: Clock;
  log: Logger;
}

/**
 * Answers WebSocket upgrades for exactly this path, on node-server 1 and 2, Express, Fastify or plain node.
 * Leaves other paths alone, and answers them with 404 only if nothing else listens for upgrades.
 */
export function attachWebSocket(server: UpgradeServer, { path, app, hub, clock, log }: AttachOptions): Dispose {
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MAX_PAYLOAD,
    maxFragments: MAX_FRAGMENTS,
  });
  // Mount it as the host did, so that `authorize` sees the same paths.
  const base = path.endsWith(ROUTE) ? path.slice(0, -ROUTE.length) : '';
  let mounted: Hono | undefined;

  const answer = async (incoming: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    mounted ??= new Hono().route(base === '' ? '/' : base, app);
    let options: ConnectOptions | undefined;
    const takeOver: TakeOver = (authorized) => {
      options = authorized;
    };
    const request = requestOf(incoming, `${base}${ROUTE}`);
    const response = await mounted.fetch(request, { incoming, outgoing: undefined, [TAKE_OVER]: takeOver });
    const authorized = options;
    if (socket.destroyed) return;
    if (!authorized || !response.ok) return refuse(incoming, socket, response);
    sockets.handleUpgrade(incoming, socket, head, (ws) => follow(ws, { hub, clock, options: authorized }));
  };

  const onUpgrade = (incoming: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const ours = incoming.url?.split('?', 1)[0] === path;
    if (!ours && server.listenerCount('upgrade') > 1) return;
    socket.on('error', () => {});
    if (!ours) {
      void refuse(incoming, socket, new Response(null, { status: 404 }));
      return;
    }
    taken.add(incoming);
    answer(incoming, socket, head).catch((error: unknown) => {
      log.error('WebSocket upgrade failed:', messageOf(error));
      void refuse(incoming, socket, new Response(null, { status: 500 }));
    });
  };

  // Runs before the host's own listeners, so that they see the upgrade marked as taken.
  server.prependListener('upgrade', onUpgrade);
  return () => {
    server.off('upgrade', onUpgrade);
  };
}

/** The upgrade as a GET request. */
function requestOf(incoming: IncomingMessage, path: string): Request {
  const secure = 'encrypted' in incoming.socket && incoming.socket.encrypted === true;
  const url = new URL(secure ? 'https://localhost' : 'http://localhost');
  // The setter ignores an invalid Host.
  url.host = incoming.headers.host ?? '';
  url.pathname = path;
  [, url.search = ''] = incoming.url?.split(/(?=\?)/, 2) ?? [];
  const headers = new Headers();
  for (const [name, values] of Object.entries(incoming.headersDistinct))
    for (const value of values ?? []) headers.append(name, value);
  return new Request(url, { headers });
}

async function refuse(incoming: IncomingMessage, socket: Duplex, response: Response): Promise<void> {
  const body = Buffer.from(await response.arrayBuffer());
  if (socket.destroyed || !socket.writable) return;
  const answer = new ServerResponse(incoming);
  answer.assignSocket(socket as Socket);
  answer.shouldKeepAlive = false;
  answer.statusCode = response.status;
  for (const [name, value] of response.headers) answer.appendHeader(name, value);
  answer.on('finish', () => socket.end(() => socket.destroy()));
  answer.end(body);
}

/** The remote address, as node-server 1 or 2 provides it; undefined without a socket. */
export function peerOf(env: unknown): string | undefined {
  const outer = env as { server?: unknown; incoming?: unknown } | undefined;
  const inner = (outer?.server ?? outer) as { incoming?: { socket?: { remoteAddress?: unknown } } } | undefined;
  const address = inner?.incoming?.socket?.remoteAddress;
  return typeof address === 'string' ? address : undefined;
}
