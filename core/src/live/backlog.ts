// The events that wait for one client, and its way from a past event to the live ones without gaps or duplicates.
import type { JobEvent } from '@phraseworks/sdk';
import type { StoredEvent } from '../store/event-codec.ts';
import type { PastEvents } from '../store/feed.ts';
import { type Filter, matches } from './filter.ts';

/** Of at most some 20 kB each. */
const MAX_EVENTS = 1_000;

export class Recent {
  readonly #events: StoredEvent[] = [];
  /** All events heard after this id are here. */
  #from = Number.POSITIVE_INFINITY;
  /** The newest id heard; -1 before the first. */
  heard = -1;

  push(event: StoredEvent): void {
    if (this.heard < 0) this.#from = event.id - 1;
    this.heard = event.id;
    this.#events.push(event);
    if (this.#events.length > MAX_EVENTS) this.#from = this.#events.shift()?.id ?? this.#from;
  }

  /** Keeps no events while no client is connected: new clients read the ledger up to here. */
  skip(id: number): void {
    this.#events.length = 0;
    this.#from = id;
    this.heard = id;
  }

  /** The events after `id`, oldest first; null if some are no longer here. */
  after(id: number): StoredEvent[] | null {
    if (id < this.#from) return null;
    return this.#events.slice(this.#events.findLastIndex((event) => event.id <= id) + 1);
  }
}

/** Events held in memory; later ones are fetched when these have been sent. */
const MAX_QUEUED = 1_000;
/** Bytes of these events. */
const MAX_BYTES = 256 * 1024;

export interface EventSource {
  readonly recent: Recent;
  /** The next page after this id; null if it is no longer stored. */
  since(id: number): Promise<PastEvents | null>;
  newestId(): Promise<number>;
}

export class Backlog {
  readonly #source: EventSource;
  filter: Filter | undefined;
  /** Events after the tail are missing here: fetch them. */
  behind = true;
  /** Changes when events are left out, so that a page requested before is dropped. */
  epoch = 0;
  #queue: StoredEvent[] = [];
  /** In the queue. */
  #bytes = 0;
  /** Everything up to this id was sent, is queued or does not match. */
  #tail = 0;

  constructor(source: EventSource, filter: Filter | undefined) {
    this.#source = source;
    this.filter = filter;
  }

  get length(): number {
    return this.#queue.length;
  }

  wants(event: JobEvent): boolean {
    return matches(this.filter, event);
  }

  shift(): StoredEvent | undefined {
    const stored = this.#queue.shift();
    if (stored) this.#bytes -= stored.size;
    return stored;
  }

  /** Offers a matching live event; returns whether it was queued. */
  offer(stored: StoredEvent): boolean {
    if (this.behind || stored.id <= this.#tail) return false;
    if (this.#queue.length >= MAX_QUEUED || this.#bytes > MAX_BYTES) {
      this.behind = true;
      return false;
    }
    this.#queue.push(stored);
    this.#bytes += stored.size;
    this.#tail = stored.id;
    return true;
  }

  #fill(events: readonly StoredEvent[]): void {
    this.#queue = events.filter(({ event }) => this.wants(event));
    this.#bytes = this.#queue.reduce((sum, { size }) => sum + size, 0);
  }

  setFilter(filter: Filter | undefined): void {
    this.filter = filter;
    this.#fill(this.#queue);
  }

  /** Leaves out everything up to now; returns whether some of it matches, or may match. */
  skip(): boolean {
    const { recent } = this.#source;
    const heard = recent.after(this.#tail)?.some(({ event }) => this.wants(event)) ?? true;
    const skipped = this.behind || this.#queue.length > 0 || heard;
    this.epoch += 1;
    this.#tail = Math.max(this.#tail, recent.heard);
    this.#goLive([]);
    return skipped;
  }

  /** Begins after this id, which is not in the future. */
  startAfter(id: number): void {
    this.#tail = id;
  }

  /**
   * One step towards the live events: from memory, else a page from the store. Call it only while the queue is empty.
   * Returns an id if the events up to it are lost for this client, which continues from there.
   */
  async fetch(): Promise<number | undefined> {
    const epoch = this.epoch;
    const recent = this.#source.recent.after(this.#tail);
    if (recent) return this.#goLive(recent);
    const page = await this.#source.since(this.#tail);
    const newest = page === null ? await this.#source.newestId() : 0;
    if (epoch !== this.epoch) return undefined;
    if (page === null) {
      this.#tail = newest;
      return newest;
    }
    const isLast = page.upTo <= this.#tail && this.#source.recent.heard <= this.#tail;
    if (isLast) return this.#goLive([]);
    this.#tail = Math.max(this.#tail, page.upTo);
    this.#fill(page.events);
    return undefined;
  }

  #goLive(rest: readonly StoredEvent[]): undefined {
    this.behind = false;
    this.#tail = rest.at(-1)?.id ?? this.#tail;
    this.#fill(rest);
  }
}
