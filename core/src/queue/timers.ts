// What a process does by the clock: makes due jobs ready, ends those whose time is up, and makes up for what was lost or missed.
import { Clock } from '../kernel/clock.ts';
import { Settings } from '../kernel/config.ts';
import { Log } from '../kernel/logger.ts';
import { Rounds } from '../kernel/rounds.ts';
import { Signal } from '../kernel/signal.ts';
import { Dialect } from '../store/dialect.ts';
import { Overdue } from '../store/overdue.ts';
import { Transition } from '../store/transition.ts';
import { WriteQueue } from '../store/write-queue.ts';
import { CrashWatch } from './rescue.ts';

/** Milliseconds after an error, and at most between two looks at what other processes add. */
const RETRY = 1_000;

/** Ends waiting jobs when their time is up. One timer waits for the next of them. */
export class DeadlineTimer extends Rounds<typeof DeadlineTimer.needs> {
  static readonly needs = { overdue: Overdue, clock: Clock, log: Log };
  protected readonly plan = { task: 'end jobs whose time is over', first: 0, again: RETRY };

  /** Another process wrote: looks soon whether a deadline came with it. */
  check(): void {
    this.within(RETRY);
  }

  /** Ends jobs whose time is up, at most one pass. */
  protected async round(): Promise<number> {
    const { overdue, clock } = this.needs;
    const now = clock.now();
    if ((await overdue.endWaiting(now)) > 0) return 0;
    return ((await overdue.next(now)) ?? Number.POSITIVE_INFINITY) - clock.now();
  }
}

/** Makes delayed jobs ready when they are due. One timer waits for the next of them. */
export class Promoter extends Rounds<typeof Promoter.needs> {
  static readonly needs = { moves: Transition, writes: WriteQueue, clock: Clock, log: Log };
  protected readonly plan = { task: 'check for due jobs', first: 0, again: RETRY };

  /** Makes due jobs ready, at most one pass. */
  protected async round(): Promise<number> {
    const { moves, writes, clock } = this.needs;
    const wait = ((await moves.nextDue()) ?? Number.POSITIVE_INFINITY) - clock.now();
    if (wait > 0) return wait;
    await moves.promote(clock.now());
    writes.requestClaim();
    return 0;
  }
}

/** Regularly makes up for what was lost or missed: jobs of dead processes, news that did not arrive. */
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
