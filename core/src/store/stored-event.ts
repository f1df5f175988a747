// An event with its number, as it was stored.
import type { JobEvent } from '@phraseworks/sdk';
import { decodeEvents } from './event-codec.ts';

/** An event id is the number of its commit times this, plus its place in it. */
export const PER_COMMIT = 1_000;

export class StoredEvent {
  readonly id: number;
  readonly event: JobEvent;
  #text: string | undefined;

  constructor(id: number, event: JobEvent) {
    this.id = id;
    this.event = event;
  }

  /** The event as JSON; made when somebody wants it, once. */
  get text(): string {
    this.#text ??= JSON.stringify(this.event);
    return this.#text;
  }
}

/** Ignores rows whose JSON was corrupted by hand. */
export function readBatch(row: { seq: number; events?: string }): StoredEvent[] {
  let events: JobEvent[];
  try {
    events = row.events === undefined ? [] : decodeEvents(row.events);
  } catch {
    return [];
  }
  return events.map((event, i) => new StoredEvent(row.seq * PER_COMMIT + i, event));
}
