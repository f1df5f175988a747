// The most recent events, kept in memory for clients that reconnect.
import type { StoredEvent } from '../store/stored-event.ts';

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
