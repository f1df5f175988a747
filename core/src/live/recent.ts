// The newest events, kept in memory: who comes back soon costs no query, and who is behind finds the end of its way here.
import type { Frame } from './frame.ts';

const MAX_FRAMES = 1_000;
const MAX_SIZE = 4 * 1024 * 1024;

export class Recent {
  readonly #frames: Frame[] = [];
  #size = 0;
  /** All that was heard after this id is here. */
  #from = Number.POSITIVE_INFINITY;
  #heard = -1;

  /** The id of the newest event that was heard; -1 before the first. */
  get heard(): number {
    return this.#heard;
  }

  push(frame: Frame): void {
    if (this.#heard < 0) this.#from = frame.id - 1;
    this.#heard = frame.id;
    this.#frames.push(frame);
    this.#size += frame.size;
    while (this.#frames.length > MAX_FRAMES || this.#size > MAX_SIZE) {
      const oldest = this.#frames.shift();
      if (!oldest) return;
      this.#from = oldest.id;
      this.#size -= oldest.size;
    }
  }

  /** No client is connected, so keep no frames: new clients are served from the ledger up to here. */
  skip(id: number): void {
    this.#frames.length = 0;
    this.#size = 0;
    this.#from = id;
    this.#heard = id;
  }

  /** What was heard after `id`, oldest first; null when some of it is no longer here. */
  after(id: number): Frame[] | null {
    if (id < this.#from) return null;
    return this.#frames.slice(this.#frames.findLastIndex((frame) => frame.id <= id) + 1);
  }
}
