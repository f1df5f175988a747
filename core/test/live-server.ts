// For the tests of live events: a host on loopback in each way it can be set up, and a WebSocket client that remembers.
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { getRequestListener, serve, type WebSocketServerLike } from '@hono/node-server';
import { Hono } from 'hono';
import { WebSocketServer } from 'ws';
import { Listener } from '../../test/support/listener.ts';
import type { Authorize } from '../src/http/guard.ts';
import { createGuard } from '../src/http/guard.ts';
import { type Live, type LiveDeps, mountLive } from '../src/http/live.ts';
import { answerProblem } from '../src/http/problem.ts';
import { systemRandom } from '../src/kernel/clock.ts';
import { resolveSettings } from '../src/kernel/config.ts';
import { Hub } from '../src/live/hub.ts';
import type { Ledger } from '../src/store/ledger.ts';
import { HandClock } from './hand-clock.ts';
import { emit, type Message, numbered, openLedger, silent, turns } from './live-stand.ts';

/** `plain`: of node http. `serve`: of @hono/node-server 2, with a WebSocket of its own. */
export type Way = 'plain' | 'serve';

export interface LiveServer {
  clock: HandClock;
  ledger: Ledger;
  hub: Hub;
  live: Live;
  server: Server;
  /** `127.0.0.1:PORT` */
  address: string;
  close(): Promise<void>;
}

/** Accepts requests with `x-user: NAME`, except `nobody`; without the header, refuses those with the query `who=stranger`. */
const authorize: Authorize = (c, action) => {
  const user = c.req.header('x-user');
  if (user === 'nobody') return false;
  if (user === undefined) return c.req.query('who') === 'stranger' ? null : true;
  return (action === 'view' || user !== 'guest') && { user };
};

export async function openLiveServer(way: Way, more: Partial<LiveDeps> = {}): Promise<LiveServer> {
  const clock = new HandClock();
  const ledger = await openLedger(clock);
  const hub = new Hub({ ledger, clock, log: silent, settings: resolveSettings({}) });
  const api = new Hono();
  api.onError((error, c) => answerProblem(c, error, silent));
  const live = mountLive(api, {
    hub,
    clock,
    log: silent,
    random: systemRandom,
    guard: createGuard({
      signIn: () => undefined,
      arePluginsStarting: () => false,
      clock,
      authorize,
      log: silent,
    }),
    knows: () => true,
    job: async () => null,
    ...more,
  });
  const app = new Hono().route('/jobs', api);
  const server = way === 'plain' ? createServer(getRequestListener(app.fetch)) : await served(app);
  if (way === 'plain') await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  live.attach(server, '/jobs/ws');
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  const { port } = server.address() as AddressInfo;
  return {
    clock,
    ledger,
    hub,
    live,
    server,
    address: `127.0.0.1:${port}`,
    close: async () => {
      live.stop();
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
      await ledger.dialect.close();
    },
  };
}

/** Sends events to one client that does not read them, until the hub drops it. Returns the milliseconds on the clock until then. */
export async function floodUntilDropped({ hub, ledger, clock }: LiveServer): Promise<number> {
  while (hub.size === 0) await turns(1);
  await emit(ledger, numbered(1, 2_000, { result: 'x'.repeat(16_000) }));
  const before = clock.now();
  while (hub.size > 0) {
    await turns(1);
    clock.advance(50);
  }
  return clock.now() - before;
}

function served(app: Hono): Promise<Server> {
  return new Promise((resolve) => {
    // Its type does not say so, but this is what its documentation shows.
    const wss = new WebSocketServer({ noServer: true }) as unknown as WebSocketServerLike;
    const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0, websocket: { server: wss } }, () =>
      resolve(server as Server),
    );
  });
}

/** A WebSocket client that waits for single messages. */
export class Peer extends Listener {
  get jobs(): string[] {
    return this.updates.map(({ data }) => data.jobId);
  }

  /** The first message that fits; waits for it. */
  async message(fits: (message: Message) => boolean): Promise<Message> {
    await this.until(({ heard }) => heard.some(fits));
    return this.heard.find(fits);
  }

  ready(): Promise<Message> {
    return this.message(({ type }) => type === 'hello');
  }

  job(jobId: string): Promise<Message> {
    return this.message(({ data }) => data?.jobId === jobId);
  }
}
