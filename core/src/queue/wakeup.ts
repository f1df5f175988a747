// What other processes did: looked for often while there is something to see, and seldom when all is quiet.

import type { Cancel, Clock } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import { Signal } from '../kernel/signal.ts';
import type { News } from '../store/feed.ts';
import type { Ledger } from '../store/ledger.ts';

/** A pause is this part of the time since others were last heard of. */
const PART = 10;
/** How long it is looked for what a transaction of the host will commit, in milliseconds. */
const EXPECTED_WITHIN = 5_000;
const SOON = 20;
/** The longest pause while jobs run here, in milliseconds; longer only where the longest pause at all is many times as long. */
const WHILE_BUSY = 500;

interface WakeupDeps {
  ledger: Ledger;
  clock: Clock;
  log: Logger;
  /** The longest pause, in milliseconds; what the engine is best looked at by default. */
  pollInterval: number | undefined;
  /** Do jobs run here? */
  busy?: () => boolean;
  /** A look failed. */
  onFailed?: (error: unknown) => void;
}

/** Pauses in milliseconds. The shortest one while others were heard of a moment ago, growing to the longest. Pure. */
export function pauseAfter(quiet: number, poll: { shortest: number; longest: number }): number {
  return Math.min(Math.max(Math.round(quiet / PART), poll.shortest), poll.longest);
}

export class Wakeup {
  /** What other processes have committed. The next look waits for the listeners. */
  readonly news = new Signal<News>();
  readonly #deps: WakeupDeps;
  readonly #poll: { shortest: number; longest: number };
  readonly #whileBusy: number;
  #timer: Cancel | null = null;
  #open = false;
  #heardAt = Number.NEGATIVE_INFINITY;
  #expecting = Number.NEGATIVE_INFINITY;
  #dueAt = Number.POSITIVE_INFINITY;
  /** There is news that was found beside a look. */
  #hasNews = false;

  constructor(deps: WakeupDeps) {
    this.#deps = deps;
    const { shortest, longest } = deps.ledger.dialect.poll;
    const most = deps.pollInterval ?? longest;
    this.#poll = { shortest: Math.min(shortest, most), longest: most };
    this.#whileBusy = Math.max(WHILE_BUSY, most / PART);
    deps.ledger.onNews(() => {
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

  /** Somebody else's transaction holds jobs of ours and will be over soon. */
  expect(): void {
    this.#expecting = this.#deps.clock.now() + EXPECTED_WITHIN;
    this.#soon();
  }

  /** Looks soon, however late the next look was to be; one that is under way is followed by another. */
  #soon(): void {
    if (this.#open && this.#dueAt > this.#deps.clock.now() + SOON) this.#next();
  }

  #next(): void {
    const now = this.#deps.clock.now();
    const soon = now < this.#expecting || this.#hasNews;
    this.#hasNews = false;
    this.#dueAt = now + (soon ? SOON : pauseAfter(now - this.#heardAt, this.#poll));
    this.#arm();
  }

  /** In a long pause jobs may begin to run here, one of which may be cancelled elsewhere: then it is cut short. */
  #arm(): void {
    const { clock, busy } = this.#deps;
    // A round from before a stop and a new start comes here, too: one timer is enough.
    this.#timer?.();
    this.#timer = clock.after(Math.min(Math.max(this.#dueAt - clock.now(), 0), this.#whileBusy), () => {
      if (clock.now() < this.#dueAt && !busy?.()) this.#arm();
      else void this.check().finally(() => this.#open && this.#next());
    });
  }

  async check(): Promise<void> {
    const { ledger, clock } = this.#deps;
    try {
      if (!(await ledger.dialect.changedElsewhere())) return;
      const news = await ledger.catchUp();
      if (news.size === 0) return;
      this.#heardAt = clock.now();
      await this.news.emitAndWait(news);
    } catch (error) {
      this.failed(error);
    }
  }

  /** What was to follow from a look did not happen. */
  failed(error: unknown): void {
    this.#deps.onFailed?.(error);
    this.#deps.log.error(`The database cannot be looked at now: ${messageOf(error)}`);
  }
}
