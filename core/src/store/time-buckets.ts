// Durations in buckets with fixed bounds, so that those of all processes and minutes can be added up. Pure.

/** 1, 1.5, 2, 3, 5, 7 in each power of ten, in milliseconds; each bucket holds what is longer than the bound before and not longer than its own. */
export const BOUNDS: readonly number[] = [
  0,
  ...[1, 2, 3, 5, 7],
  ...[1, 10, 100, 1_000, 10_000, 100_000].flatMap((unit) => [10, 15, 20, 30, 50, 70].map((n) => n * unit)),
  ...[1, 2, 5].map((n) => n * 10_000_000),
];

/** One more than there are bounds: the last one has no end. */
export const BUCKETS = BOUNDS.length + 1;

/** Which bucket a duration falls into, from 0. */
export function bucketOf(ms: number): number {
  let low = 0;
  let high = BOUNDS.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ms <= (BOUNDS[middle] as number)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * The duration that `share` of all are not longer than, in milliseconds; null when there are none.
 * Inside a bucket they are taken to lie evenly; of the last one its beginning is taken.
 */
export function quantile(counts: readonly number[], share: number): number | null {
  const total = counts.reduce((sum, n) => sum + n, 0);
  if (total === 0) return null;
  const wanted = Math.max(total * share, Number.MIN_VALUE);
  let before = 0;
  for (const [bucket, n] of counts.entries()) {
    if (n > 0 && before + n >= wanted) {
      const from = BOUNDS[bucket - 1] ?? 0;
      const to = BOUNDS[bucket] ?? from;
      return from + (to - from) * ((wanted - before) / n);
    }
    before += n;
  }
  return BOUNDS.at(-1) ?? null;
}
