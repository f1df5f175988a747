// The figures that are counted for each job type, under the same names in memory and in the table. Pure.

/** Figure to number; zeros may be left out. Times in milliseconds. */
export type Figures = Record<string, number>;

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

/** The longest wait and run. */
const LONGEST: readonly string[] = ['wait_most', 'run_most'];
/** Also the highest count of jobs in a state, and when the last job completed, in milliseconds since 1970. */
const GREATEST = new Set(['pending', 'processing', 'parked', 'completed_at', ...LONGEST]);
const COUNTS = ['added', 'completed', 'failed', 'cancelled', 'retried', 'wait_ms', 'run_ms'];

export const FIGURES: readonly string[] = [...GREATEST, ...COUNTS, ...WAITS, ...RUNS];

/** Whether figures of this name are combined by their maximum rather than their sum. */
export const isGreatest = (name: string): boolean => GREATEST.has(name);

/** Adds `more` to `figures`, and returns `figures`. */
export function addFigures(figures: Figures, more: Readonly<Figures>): Figures {
  for (const [name, n] of Object.entries(more)) {
    const known = figures[name] ?? 0;
    figures[name] = isGreatest(name) ? Math.max(known, n) : known + n;
  }
  return figures;
}

export function addDuration(figures: Figures, kind: 'wait' | 'run', ms: number): void {
  const bucket = `${kind}_${bucketOf(ms)}`;
  const sum = `${kind}_ms`;
  const most = `${kind}_most`;
  figures[bucket] = (figures[bucket] ?? 0) + 1;
  figures[sum] = (figures[sum] ?? 0) + ms;
  figures[most] = Math.max(figures[most] ?? 0, ms);
}

/** The counts of a histogram in the order of its buckets. */
export const countsIn = (figures: Readonly<Figures>, names: readonly string[]): number[] =>
  names.map((name) => figures[name] ?? 0);

/** The quantile `share` of the waits or runs that these figures count, in milliseconds; null if there are none. */
export function quantileOf(figures: Readonly<Figures>, kind: 'wait' | 'run', share: number): number | null {
  return quantile(countsIn(figures, kind === 'wait' ? WAITS : RUNS), share, figures[`${kind}_most`]);
}

/** The bucket of a duration, from 0. */
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
 * Interpolates linearly within a bucket, up to the longest duration in the last one that has any, so that it exceeds no duration.
 * Without `longest` up to the bound of the bucket.
 */
function quantile(counts: readonly number[], share: number, longest: number | undefined): number | null {
  const total = counts.reduce((sum, n) => sum + n, 0);
  if (total === 0) return null;
  const wanted = Math.max(total * share, Number.MIN_VALUE);
  let before = 0;
  const last = counts.findLastIndex((n) => n > 0);
  for (const [bucket, n] of counts.entries()) {
    if (n > 0 && before + n >= wanted) {
      const from = BOUNDS[bucket - 1] ?? 0;
      const isLongest = bucket === last && longest !== undefined && bucketOf(longest) === last;
      const to = isLongest ? longest : (BOUNDS[bucket] ?? from);
      return from + (to - from) * ((wanted - before) / n);
    }
    before += n;
  }
  return BOUNDS.at(-1) ?? null;
}
