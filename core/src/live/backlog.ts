// What waits for one client, and how it gets from a past event to the live ones without a gap or a double.
import type { JobEvent } from '@phraseworks/sdk';
import { type Filter, matches } from './filter.ts';
import type { Frame, Recent } from './frame.ts';

/** Events that wait in memory; what comes after them is fetched when they are gone. */
const MAX_QUEUED = 1_000;
/** Their characters. */
const MAX_TEXT = 256 * 1024;

export interface Source {
  readonly recent: Recent;
  /** The next page after this id; null when it is no longer kept. */
  since(id: number): Promise<readonly Frame[] | null>;
  newestId(): Promise<number>;
}

export class Backlog {
  readonly #source: Source;
  #filter: Filter | undefined;
  #queue: Frame[] = [];
  /** Characters in it. */
  #text = 0;
  /** Everything up to this id was taken, waits in the queue or is not wanted. */
  #tail = 0;
  /** More events follow the tail than were offered: fetch them. */
  #behind = true;
  /** The tail came from outside and may lie in the future. */
  #unproven = false;
  /** Rises when the tail is moved from outside: a page that is still on its way is then thrown away. */
  #epoch = 0;

  constructor(source: Source, filter: Filter | undefined) {
    this.#source = source;
    this.#filter = filter;
  }

  get filter(): Filter | undefined {
    return this.#filter;
  }

  get length(): number {
    return this.#queue.length;
  }

  get behind(): boolean {
    return this.#behind;
  }

  get epoch(): number {
    return this.#epoch;
  }

  wants(event: JobEvent): boolean {
    return matches(this.#filter, event);
  }

  shift(): Frame | undefined {
    const frame = this.#queue.shift();
    if (frame) this.#text -= frame.size;
    return frame;
  }

  /** A live event that is wanted; true when it waits now. */
  offer(frame: Frame): boolean {
    if (this.#behind || frame.id <= this.#tail) return false;
    if (this.#queue.length >= MAX_QUEUED || this.#text > MAX_TEXT) {
      this.#behind = true;
      return false;
    }
    this.#push(frame);
    this.#tail = frame.id;
    return true;
  }

  /** An event that comes after its neighbours, so later fetches will not have it. */
  offerLate(frame: Frame): boolean {
    if (this.#behind) return false;
    this.#push(frame);
    return true;
  }

  #push(frame: Frame): void {
    this.#queue.push(frame);
    this.#text += frame.size;
  }

  #fill(frames: readonly Frame[]): void {
    this.#queue = frames.filter(({ event }) => this.wants(event));
    this.#text = this.#queue.reduce((sum, { size }) => sum + size, 0);
  }

  setFilter(filter: Filter | undefined): void {
    this.#filter = filter;
    this.#fill(this.#queue);
  }

  /** Go on after this id; `proven` when it is known not to lie in the future. */
  startAfter(id: number, proven: boolean): void {
    this.#epoch += 1;
    this.#fill([]);
    this.#tail = id;
    this.#behind = true;
    this.#unproven = !proven;
  }

  /**
   * One step towards the live events: the newest from memory, else a page from the store; to be called while nothing waits.
   * Answers an id when the events up to it are lost to this client: it goes on from there.
   */
  async fetch(): Promise<number | undefined> {
    const epoch = this.#epoch;
    if (this.#unproven) {
      const newest = await this.#source.newestId();
      if (epoch !== this.#epoch) return undefined;
      this.#unproven = false;
      if (this.#tail > newest) return this.#skipTo(newest);
    }
    const recent = this.#source.recent.after(this.#tail);
    if (recent) return this.#goLive(recent);
    const page = await this.#source.since(this.#tail);
    const newest = page === null ? await this.#source.newestId() : 0;
    if (epoch !== this.#epoch) return undefined;
    if (page === null) return this.#skipTo(newest);
    if (page.length > 0) this.#take(page);
    else if (this.#source.recent.heard <= this.#tail) this.#goLive([]);
    return undefined;
  }

  #skipTo(newest: number): number {
    this.#tail = newest;
    return newest;
  }

  #take(page: readonly Frame[]): void {
    this.#tail = page.at(-1)?.id ?? this.#tail;
    this.#fill(page);
  }

  #goLive(rest: readonly Frame[]): undefined {
    this.#behind = false;
    this.#tail = rest.at(-1)?.id ?? this.#tail;
    this.#fill(rest);
  }
}
