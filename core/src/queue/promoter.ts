// Makes delayed jobs ready when they are due. One timer waits for the next of them.
import { type Cancel, Clock } from '../kernel/clock.ts';
import type { Built } from '../kernel/container.ts';
import { messageOf } from '../kernel/errors.ts';
import { Log } from '../kernel/logger.ts';
import { Transition } from '../store/transition.ts';
import { WriteQueue } from '../store/write-queue.ts';

/** Milliseconds after an error. */
const RETRY = 1_000;

export class Promoter {
  static readonly needs = { moves: Transition, writes: WriteQueue, clock: Clock, log: Log };
  readonly #needs;
  #timer: Cancel | null = null;
  #at = Number.POSITIVE_INFINITY;
  #open = false;

  constructor(needs: Built<typeof Promoter.needs>) {
    this.#needs = needs;
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
    void this.#needs.moves
      .nextDue()
      .then((due) => {
        if (due !== null) this.expect(due);
      })
      .catch((error: unknown) => this.#failed(error));
  }

  /** A job is due at `due`. If that time has passed, promote now: timers miss clock jumps and sleep. */
  expect(due: number): void {
    const wait = Math.max(due - this.#needs.clock.now(), 0);
    if (!this.#open || (due >= this.#at && wait > 0)) return;
    this.#timer?.();
    this.#at = due;
    this.#timer = this.#needs.clock.after(wait, () => void this.promote());
  }

  /** Makes due jobs ready, in passes. */
  async promote(): Promise<void> {
    this.#at = Number.POSITIVE_INFINITY;
    this.#timer = null;
    try {
      const promoted = await this.#needs.moves.promote(this.#needs.clock.now());
      if (promoted > 0) this.#needs.writes.requestClaim();
      this.check();
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    if (!this.#open) return;
    this.#needs.log.error(`Cannot check for due jobs, will try again: ${messageOf(error)}`);
    this.expect(this.#needs.clock.now() + RETRY);
  }
}
