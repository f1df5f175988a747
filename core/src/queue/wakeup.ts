// Polls for changes by other processes, often while there are some and rarely when all is quiet, and acts on them.

import { type Cancel, Clock } from '../kernel/clock.ts';
import { Settings } from '../kernel/config.ts';
import type { Built } from '../kernel/container.ts';
import { messageOf } from '../kernel/errors.ts';
import { Log } from '../kernel/logger.ts';
import { Signal } from '../kernel/signal.ts';
import type { News } from '../store/feed.ts';
import { Ledger } from '../store/ledger.ts';
import { WriteHealth } from '../store/write-health.ts';
import { Attempts } from './attempts.ts';

/** The pause is the quiet time divided by this. */
const PART = 10;
/** Milliseconds. */
const SOON = 20;
/** The longest pause while jobs run here, in milliseconds, unless `pollInterval` is much longer. */
const WHILE_BUSY = 500;

/** The pause after `quiet` milliseconds without changes, in milliseconds. Pure. */
function pauseAfter(quiet: number, poll: { shortest: number; longest: number }): number {
  return Math.min(Math.max(Math.round(quiet / PART), poll.shortest), poll.longest);
}

export class Wakeup {
  static readonly needs = {
    ledger: Ledger,
    attempts: Attempts,
    storage: WriteHealth,
    settings: Settings,
    clock: Clock,
    log: Log,
  };
  /** What other processes have committed. The next check waits for the listeners. */
  readonly news = new Signal<News>();
  readonly #needs;
  readonly #poll: { shortest: number; longest: number };
  readonly #whileBusy: number;
  #timer: Cancel | null = null;
  #open = false;
  #heardAt = Number.NEGATIVE_INFINITY;
  #dueAt = Number.POSITIVE_INFINITY;
  /** The ledger found news by itself, so check soon. */
  #hasNews = false;

  constructor(needs: Built<typeof Wakeup.needs>) {
    this.#needs = needs;
    const { shortest, longest } = needs.ledger.dialect.poll;
    const most = needs.settings.queue.pollInterval ?? longest;
    this.#poll = { shortest: Math.min(shortest, most), longest: most };
    this.#whileBusy = Math.max(WHILE_BUSY, most / PART);
    needs.ledger.onNews(() => {
      this.#hasNews = true;
      this.#soon();
    });
  }

  start(): void {
    this.#open = true;
    this.#next();
  }

  stop(): void {
    this.#open = false;
    this.#timer?.();
    this.#timer = null;
  }

  /** A transaction of this process in which jobs were added has ended: looks for them at once. */
  checkHere(): void {
    // In a turn of its own, since the caller may be in the async context of a job.
    this.#needs.clock.soon(() => void this.check(true));
  }

  /** Moves the next check forward. */
  #soon(): void {
    if (this.#open && this.#dueAt > this.#needs.clock.now() + SOON) this.#next();
  }

  #next(): void {
    const now = this.#needs.clock.now();
    this.#dueAt = now + (this.#hasNews ? SOON : pauseAfter(now - this.#heardAt, this.#poll));
    this.#hasNews = false;
    this.#arm();
  }

  /** Shortens a long pause when jobs start to run here, since another process may cancel them. */
  #arm(): void {
    const { clock, attempts } = this.#needs;
    // A stop and restart during a round leads here twice: keep one timer.
    this.#timer?.();
    this.#timer = clock.after(Math.min(Math.max(this.#dueAt - clock.now(), 0), this.#whileBusy), () => {
      if (clock.now() < this.#dueAt && attempts.size === 0) this.#arm();
      else void this.check().finally(() => this.#open && this.#next());
    });
  }

  /** `isKnown`: something has changed. */
  async check(isKnown = false): Promise<void> {
    const { ledger, clock } = this.#needs;
    try {
      if (!isKnown && !(await ledger.dialect.changedElsewhere())) return;
      const news = await ledger.catchUp();
      if (news.size === 0) return;
      this.#heardAt = clock.now();
      await this.news.emitAndWait(news);
    } catch (error) {
      this.failed(error);
    }
  }

  /** Reports that handling the news failed. */
  failed(error: unknown): void {
    this.#needs.storage.failed(error);
    this.#needs.log.error(`Cannot check for changes in the database, will try again: ${messageOf(error)}`);
  }
}
