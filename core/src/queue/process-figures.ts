// What this process has done since it began, for those who watch it: in memory only.
import type { JobEvent } from '@phraseworks/sdk';

export class ProcessFigures {
  /** Attempts that lost their job while they ran. */
  leasesLost = 0;
  /** Jobs that this process found without the process that ran them. */
  crashes = 0;
  /** Called after each transaction. */
  readonly listeners = new Set<(events: readonly JobEvent[], ms: number) => void>();

  readonly lost = (): void => {
    this.leasesLost += 1;
  };

  readonly crashed = (jobs: number): void => {
    this.crashes += jobs;
  };

  /** A transaction is stored; it took `ms`. */
  stored(events: readonly JobEvent[], ms: number): void {
    for (const listener of this.listeners) {
      try {
        listener(events, ms);
      } catch {
        // The transaction is stored, whatever those who watch make of it.
      }
    }
  }
}
