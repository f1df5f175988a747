// What this process has stored since the plugin was enabled, in memory only.
import type { StoredChanges } from '@phraseworks/sdk';

/** 1, 2 and 5 times each power of ten, from a millisecond to 5000 seconds: few enough for scrapers. */
export const SHOWN: readonly number[] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000].flatMap((unit) => [
  unit,
  2 * unit,
  5 * unit,
]);

/** `counts[i]` holds durations up to `bounds[i]` and above the bound before it; the last count has no upper bound. Milliseconds. */
export interface Durations {
  bounds: readonly number[];
  counts: readonly number[];
  sum: number;
}

export class ProcessFigures {
  /** By name. */
  readonly events = new Map<string, number>();
  readonly #counts = new Array<number>(SHOWN.length + 1).fill(0);
  #ms = 0;

  /** `ms` is null for changes in a transaction of the host. */
  readonly stored = ({ events }: Pick<StoredChanges, 'events'>, ms: number | null): void => {
    if (ms === null) return;
    for (const { event } of events) this.events.set(event, (this.events.get(event) ?? 0) + 1);
    const bucket = SHOWN.findIndex((bound) => ms <= bound);
    const index = bucket < 0 ? SHOWN.length : bucket;
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    // The clock may have gone back.
    this.#ms += Math.max(ms, 0);
  };

  /** How long the transactions took. */
  get transactions(): Durations {
    return { bounds: SHOWN, counts: this.#counts, sum: this.#ms };
  }
}
