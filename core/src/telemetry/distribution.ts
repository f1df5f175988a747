// A histogram as Prometheus wants it: seconds, bounds that are few, and in each bucket all that are not longer than its bound. Pure.
import { BOUNDS } from '../db/time-buckets.ts';

/** 1, 2 and 5 in each power of ten, from a millisecond to 5000 seconds. */
const SHOWN = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000].flatMap((unit) => [unit, 2 * unit, 5 * unit]);

export interface Distribution {
  buckets: { le: number; count: number }[];
  count: number;
  /** Seconds. */
  sum: number;
}

/** Of counts by our own bounds, which have those that are shown among them; `ms` is the sum of all durations. */
export function distribution(counts: readonly number[], ms: number): Distribution {
  const buckets: Distribution['buckets'] = [];
  let before = 0;
  for (const [bucket, n] of counts.entries()) {
    before += n;
    const bound = BOUNDS[bucket];
    if (bound !== undefined && SHOWN.includes(bound)) buckets.push({ le: bound / 1_000, count: before });
  }
  return { buckets, count: before, sum: ms / 1_000 };
}
