// A clock that only moves when a test says so.
import { type Cancel, type Clock, systemClock } from '@phraseworks/jobs/internals/base';

interface Timer {
  at: number;
  order: number;
  fn: () => void;
}

/** Lets everything that is ready to run do so: promises, and what waits for the event loop to turn over. */
export const turn = (times = 5): Promise<void> =>
  new Promise((resolve) => {
    const next = (left: number) => (left === 0 ? resolve() : systemClock.soon(() => next(left - 1)));
    next(times);
  });

/** Starts on 1 January 2026, 00:00 UTC, a Thursday. */
export class ManualClock implements Clock {
  #steady = 0;
  /** What `now()` is when `steady()` is 0. */
  #start: number;
  #order = 0;
  readonly #timers = new Set<Timer>();
  readonly #turns: (() => Promise<void>)[] = [];

  constructor(start = 1_767_225_600_000) {
    this.#start = start;
  }

  now(): number {
    return this.#start + this.#steady;
  }

  steady(): number {
    return this.#steady;
  }

  /** Sets the clock anew, `ms` later or, below 0, earlier: no time passes. */
  jump(ms: number): void {
    this.#start += ms;
  }

  after(ms: number, fn: () => void): Cancel {
    this.#order += 1;
    // Whole milliseconds, as of a real clock: ids are made of them.
    const timer: Timer = { at: this.#steady + Math.ceil(Math.max(ms, 0)), order: this.#order, fn };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  soon(fn: () => void): void {
    systemClock.soon(fn);
  }

  /** Timers that wait. */
  get pending(): number {
    return this.#timers.size;
  }

  /** What has to come to its end after each step of `advance`; the promises and the turn of the event loop otherwise. */
  onTurn(settled: () => Promise<void>): void {
    this.#turns.push(settled);
  }

  async #turn(): Promise<void> {
    if (this.#turns.length === 0) await turn();
    for (const settled of this.#turns) await settled();
  }

  /** Moves on by `ms`: every timer on the way fires at its own time, and what it starts gets its turn. `between` is awaited after each. */
  async advance(ms: number, between: () => Promise<void> = () => this.#turn()): Promise<void> {
    const end = this.#steady + ms;
    await between();
    for (;;) {
      const next = [...this.#timers]
        .filter((timer) => timer.at <= end)
        .sort((a, b) => a.at - b.at || a.order - b.order)[0];
      if (!next) break;
      this.#timers.delete(next);
      this.#steady = Math.max(this.#steady, next.at);
      next.fn();
      await between();
    }
    this.#steady = end;
    await between();
  }
}
