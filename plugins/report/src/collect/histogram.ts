// A histogram of durations with exponential buckets: few numbers, and percentiles within 7 %.

const GROWTH = Math.log(1.15);
/** About four months; longer durations count as that. */
const LAST = 165;

/** The bucket of a duration in milliseconds. 0 is below one. */
export function bucketOf(ms: number): number {
  if (!(ms >= 1)) return 0;
  return Math.min(LAST, 1 + Math.floor(Math.log(ms) / GROWTH + 1e-9));
}

/** The middle of a bucket, in milliseconds. */
export function middleOf(bucket: number): number {
  if (bucket <= 0) return 0;
  return Math.exp((bucket - 0.5) * GROWTH);
}

/** Bucket to count. */
export type Histogram = Map<number, number>;

export function addTo(histogram: Histogram, bucket: number, n = 1): void {
  histogram.set(bucket, (histogram.get(bucket) ?? 0) + n);
}

export function merge(histograms: Iterable<Histogram>): Histogram {
  const all: Histogram = new Map();
  for (const one of histograms) for (const [bucket, n] of one) addTo(all, bucket, n);
  return all;
}

/** `share`: 0.5 for the median. Milliseconds; null if it is empty. */
export function quantile(histogram: Histogram, share: number): number | null {
  const buckets = [...histogram].sort(([a], [b]) => a - b);
  const total = buckets.reduce((sum, [, n]) => sum + n, 0);
  if (total === 0) return null;
  let left = Math.max(1, Math.ceil(total * share));
  for (const [bucket, n] of buckets) {
    left -= n;
    if (left <= 0) return middleOf(bucket);
  }
  return null;
}
