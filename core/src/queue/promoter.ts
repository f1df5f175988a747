// Makes delayed jobs ready when they are due. One timer waits for the next of them.
import { Clock } from '../kernel/clock.ts';
import type { Built } from '../kernel/container.ts';
import { messageOf } from '../kernel/errors.ts';
import { Log } from '../kernel/logger.ts';
import { Rounds } from '../kernel/rounds.ts';
import { Transition } from '../store/transition.ts';
import { WriteQueue } from '../store/write-queue.ts';

/** Milliseconds after an error. */
const RETRY = 1_000;

export class Promoter {
  static readonly needs = { moves: Transition, writes: WriteQueue, clock: Clock, log: Log };
  readonly #needs;
  readonly #rounds: Rounds;

  constructor(needs: Built<typeof Promoter.needs>) {
    this.#needs = needs;
    this.#rounds = new Rounds(needs.clock, () => this.#promote());
  }

  start(): void {
    this.#rounds.start(0);
  }

  stop(): void {
    void this.#rounds.stop();
  }

  /** Another process wrote: reads when the next job is due. */
  check(): void {
    this.#rounds.within(0);
  }

  /** A job is due at `due`. If that time has passed, promote now: timers miss clock jumps and sleep. */
  expect(due: number): void {
    this.#rounds.within(Math.max(due - this.#needs.clock.now(), 0));
  }

  /** Makes due jobs ready, at most one pass; returns how long to wait for the next one. */
  async #promote(): Promise<number> {
    const { moves, writes, clock, log } = this.#needs;
    try {
      const wait = ((await moves.nextDue()) ?? Number.POSITIVE_INFINITY) - clock.now();
      if (wait > 0) return wait;
      await moves.promote(clock.now());
      writes.requestClaim();
      return 0;
    } catch (error) {
      log.error(`Cannot check for due jobs, will try again: ${messageOf(error)}`);
      return RETRY;
    }
  }
}
