// Makes delayed jobs ready when they are due. One timer waits for the next of them.
import type { Cancel, Clock } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import type { Transition } from '../store/transition.ts';
import type { WriteQueue } from '../store/write-queue.ts';

/** Milliseconds after an error. */
const RETRY = 1_000;

interface PromoterDeps {
  moves: Transition;
  writes: WriteQueue;
  clock: Clock;
  log: Logger;
}

export class Promoter {
  readonly #deps: PromoterDeps;
  #timer: Cancel | null = null;
  #at = Number.POSITIVE_INFINITY;
  #open = false;

  constructor(deps: PromoterDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#open = true;
    this.check();
  }

  stop(): void {
    this.#open = false;
    this.#timer?.();
    this.#timer = null;
    this.#at = Number.POSITIVE_INFINITY;
  }

  /** Reads when the next job is due: after a start, and after another process wrote. */
  check(): void {
    void this.#deps.moves
      .nextDue()
      .then((due) => {
        if (due !== null) this.expect(due);
      })
      .catch((error: unknown) => this.#failed(error));
  }

  /** A job is due at `due`. If that time has passed, promote now: timers miss clock jumps and sleep. */
  expect(due: number): void {
    const wait = Math.max(due - this.#deps.clock.now(), 0);
    if (!this.#open || (due >= this.#at && wait > 0)) return;
    this.#timer?.();
    this.#at = due;
    this.#timer = this.#deps.clock.after(wait, () => void this.promote());
  }

  /** Makes due jobs ready, in passes. */
  async promote(): Promise<void> {
    this.#at = Number.POSITIVE_INFINITY;
    this.#timer = null;
    try {
      const promoted = await this.#deps.moves.promote(this.#deps.clock.now());
      if (promoted > 0) this.#deps.writes.poke();
      this.check();
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    if (!this.#open) return;
    this.#deps.log.error(`Waiting jobs cannot be looked at now: ${messageOf(error)}`);
    this.expect(this.#deps.clock.now() + RETRY);
  }
}
