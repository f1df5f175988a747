// Regularly makes up for what was lost or missed: jobs of dead processes, news that did not arrive.
import { Clock } from '../kernel/clock.ts';
import { Settings } from '../kernel/config.ts';
import type { Built } from '../kernel/container.ts';
import { Log } from '../kernel/logger.ts';
import { Rounds } from '../kernel/rounds.ts';
import { Signal } from '../kernel/signal.ts';
import { Dialect } from '../store/dialect.ts';
import { CrashWatch } from './rescue.ts';

export class Sweep extends Rounds {
  static readonly needs = { crashes: CrashWatch, dialect: Dialect, settings: Settings, clock: Clock, log: Log };
  /** Listeners look for what they may have missed. */
  readonly missed = new Signal<void>();
  readonly #needs;
  #round = 0;

  constructor(needs: Built<typeof Sweep.needs>) {
    const { sweepInterval } = needs.settings.queue;
    super(needs, { task: 'look for lost jobs', first: sweepInterval, again: sweepInterval });
    this.#needs = needs;
  }

  protected async round(): Promise<number> {
    const { dialect, settings } = this.#needs;
    this.#round += 1;
    // On a database server, each check costs every node a round trip: look for missed news only every sixth time.
    await this.run(dialect.ordered || this.#round % 6 === 0);
    return settings.queue.sweepInterval;
  }

  /** One round; all of it runs even if a part fails. */
  async run(isWhole = true): Promise<void> {
    try {
      await this.#needs.crashes.check();
    } finally {
      if (isWhole) await this.missed.emitAndWait();
    }
  }
}
