// The periodic sweep: finds jobs that other processes lost, and changes that were missed.
import type { Cancel, Clock } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';

interface SweepDeps {
  clock: Clock;
  log: Logger;
  /** Milliseconds. */
  interval: number;
  work: () => Promise<unknown>;
  /** Work that is normally announced, so it runs only every `rounds` rounds. */
  seldom: { rounds: number; work: () => Promise<void> };
}

export class Sweep {
  readonly #deps: SweepDeps;
  #timer: Cancel | null = null;
  #round = 0;

  constructor(deps: SweepDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#timer?.();
    this.#timer = this.#deps.clock.after(
      this.#deps.interval,
      () => void this.#next().finally(() => this.#timer && this.start()),
    );
  }

  stop(): void {
    this.#timer?.();
    this.#timer = null;
  }

  #next(): Promise<void> {
    this.#round = (this.#round + 1) % this.#deps.seldom.rounds;
    return this.#attempt(this.#round === 0);
  }

  /** One full round. Never rejects. */
  run(): Promise<void> {
    return this.#attempt(true);
  }

  async #attempt(whole: boolean): Promise<void> {
    const { work, seldom } = this.#deps;
    try {
      await work();
      if (whole) await seldom.work();
    } catch (error) {
      this.#deps.log.error(`The sweep for lost jobs did not end: ${messageOf(error)}. The next one follows by itself.`);
    }
  }
}
