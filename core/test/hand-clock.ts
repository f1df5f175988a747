// A clock that is turned by hand: timers fire when a test says so, and turns of the event loop are real.
import type { Cancel, Clock } from '../src/kernel/clock.ts';

export class HandClock implements Clock {
  #now = Date.UTC(2026, 0, 1);
  readonly #timers = new Map<object, { at: number; fn: () => void }>();

  now(): number {
    return this.#now;
  }

  steady(): number {
    return this.#now;
  }

  soon(fn: () => void): void {
    setImmediate(fn);
  }

  after(ms: number, fn: () => void): Cancel {
    const key = {};
    this.#timers.set(key, { at: this.#now + ms, fn });
    return () => void this.#timers.delete(key);
  }

  /** Timers that are set. */
  get timers(): number {
    return this.#timers.size;
  }

  /** Moves time, and calls what is due. */
  advance(ms: number): void {
    this.#now += ms;
    for (const [key, { at, fn }] of [...this.#timers].sort(([, a], [, b]) => a.at - b.at))
      if (at <= this.#now && this.#timers.delete(key)) fn();
  }
}
