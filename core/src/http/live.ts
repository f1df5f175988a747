// Live events over HTTP: WebSocket and tickets, who may connect, and which events each client receives.
import { createHash } from 'node:crypto';
import {
  type Dispose,
  fits,
  type Grant,
  type Job,
  type JobEvent,
  JobsError,
  type Logger,
  type Where,
} from '@phraseworks/sdk';
import { fitsKind } from '@phraseworks/sdk/host';
import type { Context, Hono } from 'hono';
import type { UpgradeServer } from '../jobs-host.ts';
import { type Clock, iso, type Random } from '../kernel/clock.ts';
import type { ConnectOptions, Seen } from '../live/client.ts';
import { readQuery } from '../live/filter.ts';
import { ADDRESS, type Hub } from '../live/hub.ts';
import type { Guard } from './guard.ts';
import { isCrossSite } from './security.ts';
import { attachWebSocket, peerOf, webSocketRoute } from './websocket.ts';

/** A client, its request and its rights. */
interface Listener {
  c: Context;
  view: Grant;
  /** Null: no secrets. */
  operate: Grant | null;
}

export interface LiveDeps {
  hub: Hub;
  clock: Clock;
  random: Random;
  log: Logger;
  /** Other origins whose pages may open the WebSocket. */
  origins?: readonly string[];
  /** Only callers who may operate receive the secrets in results and errors. */
  guard: Guard;
  /** Is it known what is secret in jobs of this type? */
  knows(type: string): boolean;
  /** As `getJobStatus`. */
  job(id: string): Promise<Job | null>;
}

export interface Live {
  /** Answers WebSocket upgrades for exactly this path on a node http server. */
  attach(server: UpgradeServer, path: string): void;
  /** Disconnects all clients and removes the listeners from the servers. */
  stop(): void;
}

/** Adds `GET /ws` and `POST /api/ticket` to the app. */
export function mountLive(app: Hono, deps: LiveDeps): Live {
  const { hub, clock, log, guard } = deps;
  const tickets = new Tickets(clock, deps.random);
  const attached: Dispose[] = [];

  const enter = async (c: Context): Promise<Listener> => {
    const actor = guard(c);
    const view = await actor.require('view', 'some');
    return { c, view, operate: await actor.require('operate', 'some').catch(nullIfRefused) };
  };

  const job = remembering(clock, deps.job);

  const authorize = async (c: Context): Promise<ConnectOptions> => {
    const { headers } = c.req.raw;
    // A browser opens it for a foreign page with the user's cookies, and it counts against the user's connections.
    if (isCrossSite(headers, deps.origins)) {
      throw new JobsError(
        'FORBIDDEN',
        'A page of another site cannot connect. To allow it, add its origin to allowedOrigins.',
      );
    }
    const { ticket, ...query } = c.req.query();
    const wanted = readQuery(query);
    // With a ticket, ask again as well: rights may have ended since it was issued.
    const entered = await enter(ticket === undefined ? c : tickets.redeem(ticket));
    const { user } = entered.view;
    let access = eventAccess(entered, deps.knows, job);
    const may = (event: JobEvent): Seen | Promise<Seen> => access(event);
    const stillMay = async (): Promise<boolean> => {
      const again = await enter(entered.c).catch(nullIfRefused);
      if (again) access = eventAccess(again, deps.knows, job);
      return again !== null;
    };
    const holder = user === undefined ? `${ADDRESS}${peerOf(c.env) ?? ''}` : `user ${user}`;
    hub.checkRoom(holder);
    log.debug('a WebSocket client connects:', (c.req.query('clientId') ?? 'no clientId').slice(0, 100));
    return { ...wanted, holder, may, stillMay };
  };

  app.get('/ws', webSocketRoute(authorize));
  app.post('/api/ticket', async (c) => {
    await enter(c);
    return c.json(tickets.issue(c), 201, { 'Cache-Control': 'no-store' });
  });

  return {
    attach: (server, path) => void attached.push(attachWebSocket(server, { path, app, hub, clock, log })),
    stop: () => {
      for (const detach of attached.splice(0)) void detach();
      hub.stop();
    },
  };
}

/** For `catch`: null for a refusal; rethrows everything else. */
function nullIfRefused(error: unknown): null {
  if (error instanceof JobsError && (error.code === 'UNAUTHORIZED' || error.code === 'FORBIDDEN')) return null;
  throw error;
}

const LIFETIME = 30_000;
const BYTES = 32;
const MAX_TICKETS = 10_000;

/** A single-use replacement for a header, for clients that cannot send one: a browser's WebSocket. */
export class Tickets {
  readonly #clock: Clock;
  readonly #random: Random;
  /** By the hash of the ticket, so that the time of a look-up reveals nothing about the ticket; oldest first. */
  readonly #open = new Map<string, { c: Context; until: number }>();

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** With 10,000 open tickets, drops the oldest. */
  issue(c: Context): { ticket: string; expiresAt: string } {
    this.#dropOld();
    const bytes = new Uint8Array(BYTES);
    this.#random.bytes(bytes);
    const ticket = Buffer.from(bytes).toString('base64url');
    const until = this.#clock.now() + LIFETIME;
    this.#open.set(hashOf(ticket), { c, until });
    return { ticket, expiresAt: iso(until) };
  }

  /** The request that got the ticket; works once. Throws `UNAUTHORIZED`. */
  redeem(ticket: string): Context {
    const hash = hashOf(ticket);
    const found = this.#open.get(hash);
    this.#open.delete(hash);
    if (found && this.#clock.now() < found.until) return found.c;
    throw new JobsError('UNAUTHORIZED', 'The ticket is unknown, expired or already used. Request a new one.');
  }

  #dropOld(): void {
    const now = this.#clock.now();
    for (const [hash, { until }] of this.#open) {
      if (until > now && this.#open.size < MAX_TICKETS) return;
      this.#open.delete(hash);
    }
  }
}

const hashOf = (ticket: string): string => createHash('sha256').update(ticket).digest('base64');

/** Milliseconds for which a job is remembered. */
const HELD = 60_000;
const MOST_HELD = 1_000;

/** Finds jobs, at most once a minute each. */
function remembering(clock: Clock, find: LiveDeps['job']): LiveDeps['job'] {
  const known = new Map<string, { until: number; job: Promise<Job | null> }>();
  return (id) => {
    const now = clock.now();
    const before = known.get(id);
    if (before && now < before.until) return before.job;
    if (known.size >= MOST_HELD) known.clear();
    const job = find(id);
    known.set(id, { until: now + HELD, job });
    return job;
  };
}

/** True if the filter needs the job itself. */
const needsJob = ({ schedules, data }: Where): boolean => schedules !== undefined || Object.keys(data ?? {}).length > 0;

/** What a listener may see of an event. Looks at the job only where the job itself decides. */
function eventAccess(
  { view, operate }: Listener,
  knows: LiveDeps['knows'],
  find: LiveDeps['job'],
): (event: JobEvent) => Seen | Promise<Seen> {
  const seenBy = (type: string, fitting: (where: Where) => boolean): Seen => {
    const may = (grant: Grant | null): boolean => grant !== null && (!grant.where || fitting(grant.where));
    return may(view) && (may(operate) || (knows(type) ? 'masked' : 'hidden'));
  };
  const jobDecides = [view, operate].some((grant) => grant?.where !== undefined && needsJob(grant.where));
  if (!jobDecides) return ({ jobType: type, plugin }) => seenBy(type, (where) => fitsKind(where, { type, plugin }));
  return async ({ jobId, jobType }) => {
    const job = await find(jobId);
    // After its removal, the owner of the job is unknown.
    return job !== null && seenBy(jobType, (where) => fits(where, job));
  };
}
