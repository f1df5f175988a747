// The hub: receives every committed event once and sends it to the matching clients, in slices per turn of the event loop.
import { type JobEvent, JobsError } from '@phraseworks/sdk';
import { Clock } from '../kernel/clock.ts';
import { Settings } from '../kernel/config.ts';
import { Needing } from '../kernel/container.ts';
import { messageOf } from '../kernel/errors.ts';
import { Log } from '../kernel/logger.ts';
import type { StoredEvent } from '../store/event-codec.ts';
import type { PastEvents } from '../store/feed.ts';
import { Ledger } from '../store/ledger.ts';
import { Recent } from './backlog.ts';
import { CLOSE, type ConnectOptions, type LiveClient } from './client.ts';
import { Connection } from './connection.ts';
import type { Filter } from './filter.ts';

/** Who wants which events. */
class Audience {
  /** By what they listed. */
  readonly #clients = new Map<string, Set<Connection>>();

  add(client: Connection, filter: Filter | undefined): void {
    for (const key of keysOf(filter)) {
      const clients = this.#clients.get(key) ?? new Set();
      this.#clients.set(key, clients.add(client));
    }
  }

  /** `filter` is the one the client was added with. */
  remove(client: Connection, filter: Filter | undefined): void {
    for (const key of keysOf(filter)) {
      const clients = this.#clients.get(key);
      clients?.delete(client);
      if (clients?.size === 0) this.#clients.delete(key);
    }
  }

  /** Calls `fn` for each matching client; twice if it listed both the job and its type. */
  each({ jobId, jobType }: JobEvent, fn: (client: Connection) => void): void {
    for (const key of [EVERYTHING, ofJob(jobId), ofType(jobType)]) this.#clients.get(key)?.forEach(fn);
  }
}

const EVERYTHING = '';
const ofJob = (id: string): string => `job ${id}`;
const ofType = (type: string): string => `type ${type}`;
const keysOf = (filter: Filter | undefined): string[] =>
  filter ? [...[...filter.jobs].map(ofJob), ...[...filter.types].map(ofType)] : [EVERYTHING];

/** Sends per turn of the event loop. */
const SLICE = 500;
/** Sends per client and turn. */
const IN_A_ROW = 50;
/** Milliseconds to keep events after the last client left, in case it reconnects. */
const COMEBACK = 60_000;
/** Commits with events in one page of a replay. */
const PAGE = 10;
/** Pages read concurrently, however many clients catch up. */
const READERS = 4;
/** Pages cached for other clients. */
const PAGES = 32;

/** Clients without a user are counted by address, which many may share behind a proxy: allow more. */
const PER_ADDRESS = 10;
export const ADDRESS = 'address ';

export class Hub extends Needing<typeof Hub.needs> {
  static readonly needs = { ledger: Ledger, clock: Clock, log: Log, settings: Settings };
  readonly clock = this.needs.clock;
  readonly #feed = this.needs.ledger.feed;
  readonly #unsubscribe = this.#feed.onCommit(
    (events, upTo) => this.#hear(events, upTo),
    () => !this.#alone,
  );
  readonly recent = new Recent();
  readonly #connections = new Set<Connection>();
  readonly #audience = new Audience();
  readonly #ready = new Set<Connection>();
  #aloneSince = Number.NEGATIVE_INFINITY;
  /** Pages of past events, by the id before them. */
  readonly #pages = new Map<number, Promise<PastEvents | null>>();
  #reading = 0;
  readonly #readers: (() => void)[] = [];
  #turning = false;
  #stopped = false;

  /** Connected clients. */
  get size(): number {
    return this.#connections.size;
  }

  /** Throws `TOO_MANY_CONNECTIONS` if the limit is reached. */
  checkRoom(holder: string | undefined): void {
    const full = this.#full(holder);
    if (full) throw new JobsError('TOO_MANY_CONNECTIONS', full, { retryAfter: 5 });
  }

  #full(holder: string | undefined): string | null {
    const { maxConnections, maxPerUser } = this.needs.settings.live;
    if (this.size >= maxConnections)
      return `The limit of ${maxConnections} live connections is reached (live.maxConnections). Try again later, or raise it.`;
    if (holder === undefined) return null;
    const most = holder.startsWith(ADDRESS) ? maxPerUser * PER_ADDRESS : maxPerUser;
    let own = 0;
    for (const connection of this.#connections) if (connection.holder === holder) own += 1;
    if (own < most) return null;
    return `You already have ${most} live connections. Close one first, or raise live.maxPerUser.`;
  }

  /** Greets the client, replays missed events and then sends live ones until it disconnects. */
  connect(client: LiveClient, options: ConnectOptions = {}): Connection {
    const full = this.#full(options.holder);
    const connection = new Connection(client, this, options);
    this.#connections.add(connection);
    this.#audience.add(connection, options.filter);
    if (this.#stopped) connection.end(CLOSE.goingAway, 'the server is stopping');
    else if (full) connection.end(CLOSE.tooSlow, 'too many connections');
    else void connection.greet(options.since);
    return connection;
  }

  /** Something has changed that no event shows: tells all clients to read again. */
  resync(): void {
    for (const connection of this.#connections) connection.resync();
  }

  /** Disconnects all clients and refuses new ones. */
  stop(): void {
    this.#stopped = true;
    void this.#unsubscribe();
    for (const connection of [...this.#connections]) connection.end(CLOSE.goingAway, 'the server is stopping');
  }

  /** No client is connected, and none disconnected recently. */
  get #alone(): boolean {
    return this.#connections.size === 0 && this.clock.now() - this.#aloneSince > COMEBACK;
  }

  #hear(events: readonly StoredEvent[], upTo: number): void {
    if (this.#alone) {
      this.#pages.clear();
      this.recent.skip(upTo);
      return;
    }
    for (const stored of events) {
      this.recent.push(stored);
      this.#audience.each(stored.event, (connection) => connection.offer(stored));
    }
  }

  /** Clients that reconnect together need the same pages: read and prepare each once. */
  since(id: number): Promise<PastEvents | null> {
    const known = this.#pages.get(id);
    if (known) {
      // Move it to the end: the oldest page is dropped first.
      this.#pages.delete(id);
      this.#pages.set(id, known);
      return known;
    }
    const page = this.#inTurn(() => this.#feed.since(id, PAGE));
    this.#pages.set(id, page);
    const forget = (): void => {
      if (this.#pages.get(id) === page) this.#pages.delete(id);
    };
    page.then((found) => {
      if (!found || found.upTo <= id) forget();
    }, forget);
    for (const [oldest] of this.#pages) {
      if (this.#pages.size <= PAGES) break;
      this.#pages.delete(oldest);
    }
    return page;
  }

  async #inTurn<T>(read: () => Promise<T>): Promise<T> {
    while (this.#reading >= READERS) await new Promise<void>((resolve) => this.#readers.push(resolve));
    this.#reading += 1;
    try {
      return await read();
    } finally {
      this.#reading -= 1;
      this.#readers.shift()?.();
    }
  }

  newestId(): Promise<number> {
    return this.#feed.newestId();
  }

  wake(connection: Connection): void {
    this.#ready.add(connection);
    if (this.#turning) return;
    this.#turning = true;
    this.clock.soon(() => this.#turn());
  }

  #turn(): void {
    let left = SLICE;
    // A client with more to send goes to the end of the set again.
    for (const connection of this.#ready) {
      this.#ready.delete(connection);
      left -= Math.max(1, connection.pump(Math.min(IN_A_ROW, left)));
      if (left <= 0) break;
    }
    this.#turning = false;
    const [next] = this.#ready;
    if (next) this.wake(next);
  }

  refilter(connection: Connection, before: Filter | undefined, after: Filter | undefined): void {
    this.#audience.remove(connection, before);
    this.#audience.add(connection, after);
  }

  left(connection: Connection, filter: Filter | undefined, error: unknown): void {
    this.#connections.delete(connection);
    if (this.#connections.size === 0) this.#aloneSince = this.clock.now();
    this.#ready.delete(connection);
    this.#audience.remove(connection, filter);
    if (error !== undefined) this.needs.log.warn('closed a live client after an error:', messageOf(error));
  }
}
