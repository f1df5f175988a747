// What other processes did: looked for at a steady, cheap pace, so that their jobs, cancels and events are seen here, too.
import type { Cancel, Clock } from '../clock.ts';
import type { Ledger } from '../db/ledger.ts';
import { messageOf } from '../errors.ts';
import type { Logger } from '../logger.ts';

interface WakeupDeps {
  ledger: Ledger;
  clock: Clock;
  log: Logger;
  pollInterval: number;
  /** Called after another process has committed. */
  onChange: () => Promise<void>;
}

export class Wakeup {
  readonly #deps: WakeupDeps;
  #timer: Cancel | null = null;

  constructor(deps: WakeupDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#next();
  }

  stop(): void {
    this.#timer?.();
    this.#timer = null;
  }

  #next(): void {
    // A round from before a stop and a new start comes here, too: one timer is enough.
    this.#timer?.();
    this.#timer = this.#deps.clock.after(
      this.#deps.pollInterval,
      () => void this.look().finally(() => this.#timer && this.#next()),
    );
  }

  async look(): Promise<void> {
    const { ledger, onChange, log } = this.#deps;
    try {
      if (!(await ledger.dialect.changedElsewhere())) return;
      await ledger.catchUp();
      await onChange();
    } catch (error) {
      log.error(`The database cannot be looked at now: ${messageOf(error)}`);
    }
  }
}
