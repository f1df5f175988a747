// The WebSocket: a route that lets clients in, and what joins a socket to the hub.
import { JobsError } from '@phraseworks/sdk';
import type { Context, Handler } from 'hono';
import type { RawData, WebSocket } from 'ws';
import type { Clock } from '../kernel/clock.ts';
import { CLOSE, type ConnectOptions, HEARTBEAT, MAX_BUFFERED } from '../live/client.ts';
import type { Hub } from '../live/hub.ts';

/** Milliseconds a client has to answer the close frame. */
const GOODBYE = 3_000;

export interface LiveRoute {
  hub: Hub;
  clock: Clock;
  /** What the caller may hear. Throws `UNAUTHORIZED`, `FORBIDDEN`, `INVALID_DATA`. */
  admit(c: Context): Promise<ConnectOptions>;
}

/** In the environment of a request: takes over an upgrade that the route let in. */
export const TAKE_OVER = Symbol('take over the upgrade');
export type TakeOver = (options: ConnectOptions) => void;

/** Upgrades that `attachWebSocket` answers: no other listener may. */
export const taken = new WeakSet<object>();

interface Environment {
  [TAKE_OVER]?: TakeOver;
  incoming?: object;
  /** The server of `serve({ websocket })`. */
  wss?: object;
}

/** `GET /ws`: for upgrades by `attachWebSocket`, and by @hono/node-server 2 with `serve({ fetch, websocket: { server } })`. */
export function webSocketRoute({ hub, clock, admit }: LiveRoute): Handler {
  return async (c) => {
    if (c.req.header('upgrade')?.toLowerCase() !== 'websocket' || c.req.raw.method !== 'GET') {
      throw new JobsError('INVALID_DATA', 'This address answers WebSocket upgrades only; /events is a plain stream.');
    }
    const env = (c.env ?? {}) as Environment;
    const takeOver = env[TAKE_OVER];
    if (takeOver) {
      takeOver(await admit(c));
      return c.body(null, 204);
    }
    if (env.incoming && taken.has(env.incoming)) return c.body(null, 204);
    if (!env.wss) throw notPassedOn();
    const options = await admit(c);
    return upgradeByServer(c, (socket) => follow(socket, { hub, clock, options }));
  };
}

const notPassedOn = (): JobsError =>
  new JobsError(
    'UNAVAILABLE',
    'This server does not pass WebSocket upgrades on: call jobs.attachWebSocket(server), or read /events.',
  );

/** Works only with the copy of @hono/node-server that runs the server: its keys are private to it. */
async function upgradeByServer(c: Context, open: (socket: WebSocket) => void): Promise<Response> {
  const server = await import('@hono/node-server').catch(() => undefined);
  if (typeof server?.upgradeWebSocket !== 'function') throw notPassedOn();
  const response = await server.upgradeWebSocket(c, { onOpen: (_event, { raw }) => open(raw as WebSocket) });
  if (response.status >= 500) throw notPassedOn();
  return response;
}

/** Joins an open socket to the hub until one of them hangs up. */
export function follow(
  socket: WebSocket,
  { hub, clock, options }: { hub: Hub; clock: Clock; options: ConnectOptions },
): void {
  let stopWaiting = (): void => {};
  const hangUp = (code: number, reason: string): void => {
    socket.close(code, reason);
    stopWaiting = clock.after(GOODBYE, () => socket.terminate());
  };
  // Listeners first: the hub may hang up at once.
  const stopPinging = keepAlive(socket, clock);
  socket.on('close', () => {
    stopPinging();
    stopWaiting();
    connection.closed();
  });
  // ws answers a broken frame itself (1002, 1007, 1009) and closes.
  socket.on('error', () => {});
  // Each ping is answered, so a client that sends pings and never reads would fill the memory.
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
    if (binary) hangUp(CLOSE.notText, 'messages are text');
    else connection.receive(data.toString());
  });
}

/** Pings; a client that has not answered by the next ping is gone. */
function keepAlive(socket: WebSocket, clock: Clock): () => void {
  let alive = true;
  const beat = (): void => {
    if (!alive) {
      socket.terminate();
      return;
    }
    alive = false;
    socket.ping();
    cancel = clock.after(HEARTBEAT, beat);
  };
  let cancel = clock.after(HEARTBEAT, beat);
  socket.on('pong', () => {
    alive = true;
  });
  return () => cancel();
}
