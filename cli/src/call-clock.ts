// The time of one call: that of this machine, and of the database's server as soon as it is open, since its rows are dated by that.
import { type Cancel, type Clock, systemClock } from '@phraseworks/jobs/internals/base';

export class CallClock implements Clock {
  #clock: Clock = systemClock;

  follow(clock: Clock): void {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  steady(): number {
    return this.#clock.steady();
  }

  after(ms: number, fn: () => void): Cancel {
    return this.#clock.after(ms, fn);
  }

  soon(fn: () => void): void {
    this.#clock.soon(fn);
  }
}
