// How many messages a client may send: so many in each second.
import type { Clock } from '../clock.ts';

const SECOND = 1_000;

export class Rate {
  readonly #clock: Clock;
  readonly #most: number;
  #since = Number.NEGATIVE_INFINITY;
  #count = 0;

  constructor(clock: Clock, most: number) {
    this.#clock = clock;
    this.#most = most;
  }

  /** Counts one; false when it is one too many. */
  take(): boolean {
    const now = this.#clock.now();
    if (Math.abs(now - this.#since) >= SECOND) {
      this.#since = now;
      this.#count = 0;
    }
    this.#count += 1;
    return this.#count <= this.#most;
  }
}
