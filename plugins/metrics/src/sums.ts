// The sums that are counted for each job type, under the same names in memory and in the table, and what they say of durations. Pure.

/** Name to number; zeros may be left out. Times in milliseconds. */
export type Sums = Record<string, number>;

/** 1, 1.5, 2, 3, 5, 7 times each power of ten, in milliseconds. A bucket holds durations above the previous bound and up to its own. */
export const BOUNDS: readonly number[] = [
  0,
  ...[1, 2, 3, 5, 7],
  ...[1, 10, 100, 1_000, 10_000, 100_000].flatMap((unit) => [10, 15, 20, 30, 50, 70].map((n) => n * unit)),
  ...[1, 2, 5].map((n) => n * 10_000_000),
];

/** One bucket more than there are bounds: the last one has no upper bound. */
const histogram = (name: string): readonly string[] =>
  Array.from({ length: BOUNDS.length + 1 }, (_, i) => `${name}_${i}`);

/** How many of the waits and runs fell into each bucket. */
export const WAITS = histogram('wait');
export const RUNS = histogram('run');

/** The highest count of waiting jobs, when the last job completed in milliseconds since 1970, and the longest wait and run. */
const GREATEST = new Set(['pending', 'completed_at', 'wait_most', 'run_most']);
const COUNTS = ['added', 'completed', 'failed', 'cancelled', 'retried', 'wait_ms', 'run_ms'];

export const FIGURES: readonly string[] = [...GREATEST, ...COUNTS, ...WAITS, ...RUNS];

/** Whether figures of this name are combined by their maximum rather than their sum. */
export const isGreatest = (name: string): boolean => GREATEST.has(name);

/** Adds `more` to `sums`, and returns `sums`. */
export function addSums(sums: Sums, more: Readonly<Sums>): Sums {
  for (const [name, n] of Object.entries(more)) {
    const known = sums[name] ?? 0;
    sums[name] = isGreatest(name) ? Math.max(known, n) : known + n;
  }
  return sums;
}

export function addDuration(sums: Sums, kind: 'wait' | 'run', ms: number): void {
  const bucket = `${kind}_${bucketOf(ms)}`;
  const total = `${kind}_ms`;
  const most = `${kind}_most`;
  sums[bucket] = (sums[bucket] ?? 0) + 1;
  sums[total] = (sums[total] ?? 0) + ms;
  sums[most] = Math.max(sums[most] ?? 0, ms);
}

/** The counts of a histogram in the order of its buckets. */
export const countsIn = (sums: Readonly<Sums>, names: readonly string[]): number[] =>
  names.map((name) => sums[name] ?? 0);

/** The quantile `share` of the waits or runs that are counted here, in milliseconds; null if there are none. */
export function quantileOf(sums: Readonly<Sums>, kind: 'wait' | 'run', share: number): number | null {
  return quantile(countsIn(sums, kind === 'wait' ? WAITS : RUNS), share, sums[`${kind}_most`]);
}

/** The bucket of a duration, from 0. */
function bucketOf(ms: number): number {
  let low = 0;
  let high = BOUNDS.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ms <= (BOUNDS[middle] as number)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Interpolates linearly within a bucket, so that it exceeds no duration. Where it is the longest of all, as with few durations, it is exact. */
function quantile(counts: readonly number[], share: number, longest = 0): number | null {
  const total = counts.reduce((sum, n) => sum + n, 0);
  if (total === 0) return null;
  const wanted = Math.max(total * share, Number.MIN_VALUE);
  if (wanted > total - 1) return longest;
  let before = 0;
  for (const [bucket, n] of counts.entries()) {
    if (n > 0 && before + n >= wanted) {
      const from = BOUNDS[bucket - 1] ?? 0;
      const to = Math.min(BOUNDS[bucket] ?? longest, longest);
      return Math.min(from, to) + Math.max(to - from, 0) * ((wanted - before) / n);
    }
    before += n;
  }
  return BOUNDS.at(-1) ?? null;
}
