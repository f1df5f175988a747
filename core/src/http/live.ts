// Live events over HTTP: WebSocket, event stream and tickets, and who is let in to them.
import type { EventEmitter } from 'node:events';
import type { Dispose, Job, JobEvent, Logger } from '@phraseworks/sdk';
import { JobsError } from '@phraseworks/sdk';
import type { Context, Hono } from 'hono';
import type { Clock, Random } from '../kernel/clock.ts';
import type { ConnectOptions, Seen } from '../live/client.ts';
import { filterOf, sinceOf } from '../live/filter.ts';
import { ADDRESS, type Hub } from '../live/hub.ts';
import type { Guard } from './deps.ts';
import { peerOf } from './peer.ts';
import { hasBearer, isCrossSite } from './same-origin.ts';
import { eventSight, Kept } from './sight.ts';
import { eventStream } from './sse.ts';
import { type Holder, Tickets } from './ticket.ts';
import { attachWebSocket } from './upgrade.ts';
import { webSocketRoute } from './websocket.ts';

export interface LiveDeps {
  hub: Hub;
  clock: Clock;
  random: Random;
  log: Logger;
  /** Other origins (`https://cms.example.com`) whose pages may open the WebSocket. */
  allowedOrigins?: readonly string[];
  /** Only those who may operate hear the secrets in results and errors. */
  guard: Guard;
  /** As `getJobStatus`. */
  job(id: string): Promise<Job | null>;
  /** May this user see this event? Everybody who may view sees all by default. */
  may?: (user: string | undefined, event: JobEvent) => boolean | Promise<boolean>;
}

export interface Live {
  /** Answers WebSocket upgrades for exactly this path on a node http server. */
  attach(server: EventEmitter, path: string): Dispose;
  /** Hangs up on all clients and takes its listeners off the servers. */
  stop(): void;
}

/** Adds `GET /ws`, `GET /events` and `POST /api/ticket` to the app. */
export function mountLive(app: Hono, deps: LiveDeps): Live {
  const { hub, clock, log, guard } = deps;
  const tickets = new Tickets(clock, deps.random);
  const attached = new Set<Dispose>();

  const enter = async (c: Context): Promise<Holder> => {
    const view = await guard.limited(c, 'view');
    return { c, view, operate: await guard.limited(c, 'operate').catch(refusedOrThrow) };
  };

  const found = new Kept<Promise<Job | null>>(clock);
  const job = (id: string): Promise<Job | null> => found.get(id, () => deps.job(id));

  const admit = async (c: Context): Promise<ConnectOptions> => {
    const { headers } = c.req.raw;
    // A browser opens both for a foreign page, with the user's cookies; and each takes one of the user's places.
    if (isCrossSite(headers, deps.allowedOrigins) && (isUpgrade(headers) || !hasBearer(headers))) {
      throw new JobsError(
        'FORBIDDEN',
        'A page of another site may not listen here: name its origin in allowedOrigins to let it in.',
      );
    }
    const { ticket, since, jobs, types } = c.req.query();
    const wanted = { since: sinceOf(since), filter: filterOf(listOf(jobs), listOf(types)) };
    const entered = ticket === undefined ? await enter(c) : tickets.redeem(ticket);
    const { user } = entered.view;
    let sight = eventSight(entered.c, entered, { guard, clock, job });
    const hears = deps.may;
    const may = (event: JobEvent): Seen | Promise<Seen> => {
      const heard = hears ? hears(user, event) : true;
      if (heard === true) return sight(event);
      return heard === false ? false : heard.then((yes) => yes && sight(event));
    };
    const stillMay = async (): Promise<boolean> => {
      const again = await enter(entered.c).catch(refusedOrThrow);
      if (again) sight = eventSight(again.c, again, { guard, clock, job });
      return again !== null;
    };
    const holder = user === undefined ? `${ADDRESS}${peerOf(c.env) ?? ''}` : `user ${user}`;
    hub.checkRoom(holder);
    return { ...wanted, holder, may, stillMay };
  };

  const admitSocket = async (c: Context): Promise<ConnectOptions> => {
    const options = await admit(c);
    log.debug('a WebSocket client connects:', (c.req.query('clientId') ?? 'no clientId').slice(0, 100));
    return options;
  };

  app.get('/ws', webSocketRoute({ hub, clock, admit: admitSocket }));
  app.get('/events', eventStream({ hub, clock, admit }));
  app.post('/api/ticket', async (c) => {
    return c.json(tickets.issue(await enter(c)), 201, { 'Cache-Control': 'no-store' });
  });

  return {
    attach: (server, path) => {
      const detach = attachWebSocket(server, { path, app, hub, clock, log });
      attached.add(detach);
      return () => {
        attached.delete(detach);
        return detach();
      };
    },
    stop: () => {
      for (const detach of attached) void detach();
      attached.clear();
      hub.stop();
    },
  };
}

function refusedOrThrow(error: unknown): null {
  if (error instanceof JobsError && (error.code === 'UNAUTHORIZED' || error.code === 'FORBIDDEN')) return null;
  throw error;
}

const isUpgrade = (headers: Headers): boolean => headers.has('upgrade');

/** `?jobs=a,b`; an empty value says nothing. */
const listOf = (value: string | undefined): string[] | undefined =>
  value === undefined || value === '' ? undefined : value.split(',');
