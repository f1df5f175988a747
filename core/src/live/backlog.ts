// The events that wait for one client, and its way from a past event to the live ones without gaps or duplicates.
import type { JobEvent } from '@phraseworks/sdk';
import { type Filter, matches } from './filter.ts';
import type { Frame, Recent } from './frame.ts';

/** Events held in memory; later ones are fetched when these have been sent. */
const MAX_QUEUED = 1_000;
/** Characters of these events. */
const MAX_TEXT = 256 * 1024;

/** Past events. `upTo` moves on even over commits without events; it is the id asked for if nothing newer is stored. */
export interface Page {
  frames: readonly Frame[];
  upTo: number;
}

export interface FrameSource {
  readonly recent: Recent;
  /** The next page after this id; null if it is no longer stored. */
  since(id: number): Promise<Page | null>;
  newestId(): Promise<number>;
}

export class Backlog {
  readonly #source: FrameSource;
  filter: Filter | undefined;
  /** Events after the tail are missing here: fetch them. */
  behind = true;
  /** Changes when the client moves the tail, so that a page requested before is dropped. */
  epoch = 0;
  #queue: Frame[] = [];
  /** Characters in the queue. */
  #text = 0;
  /** Everything up to this id was sent, is queued or does not match. */
  #tail = 0;
  /** The tail came from the client and may lie in the future. */
  #unproven = false;

  constructor(source: FrameSource, filter: Filter | undefined) {
    this.#source = source;
    this.filter = filter;
  }

  get length(): number {
    return this.#queue.length;
  }

  wants(event: JobEvent): boolean {
    return matches(this.filter, event);
  }

  shift(): Frame | undefined {
    const frame = this.#queue.shift();
    if (frame) this.#text -= frame.size;
    return frame;
  }

  /** Offers a matching live event; returns whether it was queued. */
  offer(frame: Frame): boolean {
    if (this.behind || frame.id <= this.#tail) return false;
    if (this.#queue.length >= MAX_QUEUED || this.#text > MAX_TEXT) {
      this.behind = true;
      return false;
    }
    this.#queue.push(frame);
    this.#text += frame.size;
    this.#tail = frame.id;
    return true;
  }

  #fill(frames: readonly Frame[]): void {
    this.#queue = frames.filter(({ event }) => this.wants(event));
    this.#text = this.#queue.reduce((sum, { size }) => sum + size, 0);
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
    this.#tail = this.#unproven ? recent.heard : Math.max(this.#tail, recent.heard);
    this.#goLive([]);
    return skipped;
  }

  /** Continues after this id; `proven`: it is known not to lie in the future. */
  startAfter(id: number, proven: boolean): void {
    this.epoch += 1;
    this.#fill([]);
    this.#tail = id;
    this.behind = true;
    this.#unproven = !proven;
  }

  /**
   * One step towards the live events: from memory, else a page from the store. Call it only while the queue is empty.
   * Returns an id if the events up to it are lost for this client, which continues from there.
   */
  async fetch(): Promise<number | undefined> {
    const epoch = this.epoch;
    if (this.#unproven) {
      const newest = await this.#source.newestId();
      if (epoch !== this.epoch) return undefined;
      this.#unproven = false;
      if (this.#tail > newest) return this.#skipTo(newest);
    }
    const recent = this.#source.recent.after(this.#tail);
    if (recent) return this.#goLive(recent);
    const page = await this.#source.since(this.#tail);
    const newest = page === null ? await this.#source.newestId() : 0;
    if (epoch !== this.epoch) return undefined;
    if (page === null) return this.#skipTo(newest);
    const isLast = page.upTo <= this.#tail && this.#source.recent.heard <= this.#tail;
    if (isLast) return this.#goLive([]);
    this.#tail = Math.max(this.#tail, page.upTo);
    this.#fill(page.frames);
    return undefined;
  }

  #skipTo(newest: number): number {
    this.#tail = newest;
    return newest;
  }

  #goLive(rest: readonly Frame[]): undefined {
    this.behind = false;
    this.#tail = rest.at(-1)?.id ?? this.#tail;
    this.#fill(rest);
  }
}
