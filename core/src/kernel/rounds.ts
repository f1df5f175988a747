// Work that repeats in rounds, never two at once.
import type { Cancel, Clock } from './clock.ts';

export class Rounds {
  readonly #clock: Clock;
  readonly #round: () => Promise<number>;
  #isOn = false;
  #cancel: Cancel = () => {};
  /** The time of the next round (steady clock). */
  #at = Number.POSITIVE_INFINITY;
  #running: Promise<void> | null = null;

  /** `round` never rejects. It returns how many milliseconds to wait for the next one. */
  constructor(clock: Clock, round: () => Promise<number>) {
    this.#clock = clock;
    this.#round = round;
  }

  get isOn(): boolean {
    return this.#isOn;
  }

  /** Begins the first round in `ms`; waits for a call of `within` by default. */
  start(ms = Number.POSITIVE_INFINITY): void {
    this.#isOn = true;
    this.within(ms);
  }

  /** Begins the next round in at most `ms`. */
  within(ms: number): void {
    const at = this.#clock.steady() + ms;
    if (!this.#isOn || at >= this.#at) return;
    this.#cancel();
    this.#at = at;
    if (!this.#running) this.#cancel = this.#clock.after(ms, () => this.#begin());
  }

  /** Resolves when the round in progress has ended. */
  async stop(): Promise<void> {
    this.#isOn = false;
    this.#forget();
    await this.#running;
  }

  #begin(): void {
    this.#forget();
    this.#running = this.#round().then((ms) => {
      this.#running = null;
      // Another call may have asked for an earlier one meanwhile.
      const left = Math.min(ms, this.#at - this.#clock.steady());
      this.#forget();
      this.within(Math.max(left, 0));
    });
  }

  #forget(): void {
    this.#cancel();
    this.#at = Number.POSITIVE_INFINITY;
  }
}
