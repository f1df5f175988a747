// Work that repeats in rounds, never two at once, and goes on after an error.
import type { Cancel, Clock } from './clock.ts';
import { type Built, type Needed, Needing } from './container.ts';
import { messageOf } from './errors.ts';
import type { Log } from './logger.ts';

interface Plan {
  /** For the log: `remove old jobs`. */
  task: string;
  /** Milliseconds until the first round; it waits for a call of `within` by default. */
  first?: number;
  /** Milliseconds from an error to the next round. */
  again: number;
}

/** What every work of this kind needs. */
interface Working {
  readonly clock: typeof Clock;
  readonly log: typeof Log;
}

export abstract class Rounds<N extends Working & Needed> extends Needing<N> {
  protected abstract readonly plan: Plan;
  #isOn = false;
  #cancel: Cancel = () => {};
  /** The time of the next round (steady clock). */
  #at = Number.POSITIVE_INFINITY;
  #running: Promise<void> | null = null;

  get #around(): { clock: Clock; log: Log } {
    return this.needs as unknown as Built<Working & Needed>;
  }

  /** Works once; returns how many milliseconds to wait for the next round. */
  protected abstract round(): Promise<number>;

  get isOn(): boolean {
    return this.#isOn;
  }

  start(): void {
    this.#isOn = true;
    this.within(this.plan.first ?? Number.POSITIVE_INFINITY);
  }

  /** Begins the next round in at most `ms`. */
  within(ms: number): void {
    const at = this.#around.clock.steady() + ms;
    if (!this.#isOn || at >= this.#at) return;
    this.#cancel();
    this.#at = at;
    if (!this.#running) this.#cancel = this.#around.clock.after(ms, () => this.#begin());
  }

  /** Begins the next round at this time at the latest; now if it has passed, since timers miss clock jumps and sleep. */
  expect(at: number): void {
    this.within(Math.max(at - this.#around.clock.now(), 0));
  }

  /** Resolves when the round in progress has ended. */
  async stop(): Promise<void> {
    this.#isOn = false;
    this.#forget();
    await this.#running;
  }

  #begin(): void {
    this.#forget();
    this.#running = this.#tried().then((ms) => {
      this.#running = null;
      // Another call may have asked for an earlier one meanwhile.
      const left = Math.min(ms, this.#at - this.#around.clock.steady());
      this.#forget();
      this.within(Math.max(left, 0));
    });
  }

  async #tried(): Promise<number> {
    try {
      return await this.round();
    } catch (error) {
      this.#around.log.error(`Cannot ${this.plan.task}, will try again: ${messageOf(error)}`);
      return this.plan.again;
    }
  }

  #forget(): void {
    this.#cancel();
    this.#at = Number.POSITIVE_INFINITY;
  }
}
