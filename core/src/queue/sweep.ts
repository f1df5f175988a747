// Regularly makes up for what was lost or missed: jobs of dead processes, news that did not arrive.
import type { Clock } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import { Rounds } from '../kernel/rounds.ts';
import type { Dialect } from '../store/dialect.ts';

/** One of the duties of a round; the next one waits for it. */
type Duty = () => unknown;

export class Sweep {
  readonly #needs;
  readonly #rounds: Rounds;
  readonly #interval: number;
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
    // On a database server, each check costs every node a round trip: look for missed news only every sixth time.
    const wholeEvery = needs.dialect.ordered ? 1 : 6;
    this.#rounds = new Rounds(needs.clock, async () => {
      this.#round += 1;
      await this.run(this.#round % wholeEvery === 0);
      return this.#interval;
    });
  }

  start(): void {
    this.#rounds.start(this.#interval);
  }

  stop(): void {
    void this.#rounds.stop();
  }

  /** One round. Never rejects. */
  async run(isWhole = true): Promise<void> {
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
