// The periodic sweep: at the latest it finds what other processes lost, left behind or asked for.
import type { Cancel, Clock } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';

interface SweepDeps {
  clock: Clock;
  log: Logger;
  /** Milliseconds between two rounds. */
  interval: number;
  work: () => Promise<unknown>;
  /** What others announce when they do it, and is looked for in every so many rounds only. */
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

  /** One whole round; never rejects. */
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
