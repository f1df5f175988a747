// Polls for changes by other processes, often while there are some and rarely when all is quiet, and acts on them.

import { Clock } from '../kernel/clock.ts';
import { Settings } from '../kernel/config.ts';
import type { Built } from '../kernel/container.ts';
import { messageOf } from '../kernel/errors.ts';
import { Log } from '../kernel/logger.ts';
import { Rounds } from '../kernel/rounds.ts';
import { Signal } from '../kernel/signal.ts';
import type { News } from '../store/feed.ts';
import { Ledger } from '../store/ledger.ts';
import { WriteHealth } from '../store/write-health.ts';

/** The pause is the quiet time divided by this. */
const PART = 10;
/** Milliseconds. */
const SOON = 20;

export class Wakeup extends Rounds<typeof Wakeup.needs> {
  static readonly needs = { ledger: Ledger, storage: WriteHealth, settings: Settings, clock: Clock, log: Log };
  /** What other processes have committed. The next check waits for the listeners. */
  readonly news = new Signal<News>();
  protected readonly plan = { task: 'check for changes in the database', first: SOON, again: SOON };
  #heardAt = Number.NEGATIVE_INFINITY;

  constructor(needs: Built<typeof Wakeup.needs>) {
    super(needs);
    // The ledger found news by itself.
    needs.ledger.feed.onNews(() => this.within(SOON));
  }

  protected async round(): Promise<number> {
    const { ledger, settings, clock } = this.needs;
    await this.check();
    const { shortest, longest } = ledger.dialect.poll;
    const quiet = clock.now() - this.#heardAt;
    return Math.min(Math.max(Math.round(quiet / PART), shortest), settings.queue.pollInterval ?? longest);
  }

  /** A transaction of this process in which jobs were added has ended: looks for them at once. */
  checkHere(): void {
    // In a turn of its own, since the caller may be in the async context of a job.
    this.needs.clock.soon(() => void this.check(true));
  }

  /** `isKnown`: something has changed. */
  async check(isKnown = false): Promise<void> {
    const { ledger, clock } = this.needs;
    try {
      if (!isKnown && !(await ledger.dialect.changedElsewhere())) return;
      const news = await ledger.feed.catchUp();
      if (news.size === 0) return;
      this.#heardAt = clock.now();
      await this.news.emitAndWait(news);
    } catch (error) {
      this.failed(error);
    }
  }

  /** Reports that handling the news failed. */
  failed(error: unknown): void {
    this.needs.storage.failed(error);
    this.needs.log.error(`Cannot check for changes in the database, will try again: ${messageOf(error)}`);
  }
}
