// Regularly makes up for what was lost or missed: jobs of dead processes, news that did not arrive.
import { Clock } from '../kernel/clock.ts';
import { Settings } from '../kernel/config.ts';
import { Log } from '../kernel/logger.ts';
import { Rounds } from '../kernel/rounds.ts';
import { Signal } from '../kernel/signal.ts';
import { Dialect } from '../store/dialect.ts';
import { CrashWatch } from './rescue.ts';

export class Sweep extends Rounds<typeof Sweep.needs> {
  static readonly needs = { crashes: CrashWatch, dialect: Dialect, settings: Settings, clock: Clock, log: Log };
  /** Listeners look for what they may have missed. */
  readonly missed = new Signal<void>();
  #round = 0;
  readonly #interval = this.needs.settings.queue.sweepInterval;
  protected readonly plan = { task: 'look for lost jobs', first: this.#interval, again: this.#interval };

  protected async round(): Promise<number> {
    const { dialect } = this.needs;
    this.#round += 1;
    // On a database server, each check costs every node a round trip: look for missed news only every sixth time.
    await this.run(dialect.ordered || this.#round % 6 === 0);
    return this.#interval;
  }

  /** One round; all of it runs even if a part fails. */
  async run(isWhole = true): Promise<void> {
    try {
      await this.needs.crashes.check();
    } finally {
      if (isWhole) await this.missed.emitAndWait();
    }
  }
}
