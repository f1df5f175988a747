// What this process has done since it began, for those who watch it: in memory only.
import type { JobEvent } from '@phraseworks/sdk';
import { BUCKETS, bucketOf } from '../db/time-buckets.ts';

export class ProcessFigures {
  /** Events that this process has stored, by name. */
  readonly events = new Map<string, number>();
  /** How long its transactions took, in buckets, and in milliseconds altogether. */
  readonly transactions = { counts: new Array<number>(BUCKETS).fill(0), ms: 0 };
  /** Attempts that lost their job while they ran. */
  leasesLost = 0;
  /** Jobs that this process found without the process that ran them. */
  crashes = 0;

  readonly lost = (): void => {
    this.leasesLost += 1;
  };

  readonly crashed = (jobs: number): void => {
    this.crashes += jobs;
  };

  /** A transaction is stored; it took `ms`. */
  note(events: readonly JobEvent[], ms: number): void {
    // Alike ones come one after the other.
    for (let i = 0; i < events.length; ) {
      const name = events[i]?.event as string;
      const first = i;
      while (events[i]?.event === name) i += 1;
      this.events.set(name, (this.events.get(name) ?? 0) + i - first);
    }
    const { transactions } = this;
    const bucket = bucketOf(ms);
    transactions.counts[bucket] = (transactions.counts[bucket] ?? 0) + 1;
    // The clock may have gone back.
    transactions.ms += Math.max(ms, 0);
  }
}
