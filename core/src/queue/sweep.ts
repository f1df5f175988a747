// Regularly makes up for what was lost or missed: jobs of dead processes, news that did not arrive.
import type { Cancel, Clock } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import type { Dialect } from '../store/dialect.ts';

/** One of the duties of a round; the next one waits for it. */
type Duty = () => unknown;

export class Sweep {
  readonly #needs;
  readonly #interval: number;
  /** On a database server, each check costs every node a round trip: look for missed news only every sixth time. */
  readonly #wholeEvery: number;
  #timer: Cancel | null = null;
  #round = 0;

  constructor(needs: {
    /** Duties of every round, and of whole rounds only, in order. One that fails does not stop the others. */
    always: Duty;
    whole: readonly Duty[];
    dialect: Dialect;
    settings: { queue: { sweepInterval: number } };
    clock: Clock;
    log: Logger;
  }) {
    this.#needs = needs;
    this.#interval = needs.settings.queue.sweepInterval;
    this.#wholeEvery = needs.dialect.ordered ? 1 : 6;
  }

  start(): void {
    this.#timer?.();
    this.#timer = this.#needs.clock.after(
      this.#interval,
      () => void this.#next().finally(() => this.#timer && this.start()),
    );
  }

  stop(): void {
    this.#timer?.();
    this.#timer = null;
  }

  /** One whole round. Never rejects. */
  run(): Promise<void> {
    return this.#attempt(true);
  }

  #next(): Promise<void> {
    this.#round = (this.#round + 1) % this.#wholeEvery;
    return this.#attempt(this.#round === 0);
  }

  async #attempt(isWhole: boolean): Promise<void> {
    const { always, whole, log } = this.#needs;
    const errors = new Set<string>();
    for (const duty of isWhole ? [always, ...whole] : [always]) {
      try {
        await duty();
      } catch (error) {
        errors.add(messageOf(error));
      }
    }
    if (errors.size > 0) log.error(`The sweep for lost jobs failed, will try again: ${[...errors].join('; ')}`);
  }
}
