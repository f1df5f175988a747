// The look around that repeats: what others lost, left behind or asked for is found by it at the latest.
import type { Cancel, Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { Logger } from '../logger.ts';

interface SweepDeps {
  clock: Clock;
  log: Logger;
  /** Milliseconds between two rounds. */
  interval: number;
  work: () => Promise<void>;
}

export class Sweep {
  readonly #deps: SweepDeps;
  #timer: Cancel | null = null;

  constructor(deps: SweepDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#timer?.();
    this.#timer = this.#deps.clock.after(
      this.#deps.interval,
      () => void this.run().finally(() => this.#timer && this.start()),
    );
  }

  stop(): void {
    this.#timer?.();
    this.#timer = null;
  }

  /** One round; never rejects. */
  async run(): Promise<void> {
    try {
      await this.#deps.work();
    } catch (error) {
      this.#deps.log.error(`The sweep for lost jobs did not end: ${messageOf(error)}. The next one follows by itself.`);
    }
  }
}
