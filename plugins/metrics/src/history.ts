// Turns sums by time slot into points for charts. Pure.
import type { JobFigures } from '@phraseworks/sdk';
import type { MetricsHistory, MetricsPoint } from '@phraseworks/sdk/client';
import { addSums, quantileOf, type Sums } from './sums.ts';

export const MINUTE = 60_000;
/** Time zones differ from each other by quarters of an hour. */
export const QUARTER = 15 * MINUTE;
export const HOUR = 4 * QUARTER;

/** Milliseconds since 1970; `from` and `to` are multiples of the step. */
export interface Range {
  from: number;
  to: number;
  step: number;
}

const MOST_POINTS = 300;
/** The possible lengths of a slot; from an hour on, the figures by the quarter of an hour are read. */
const STEPS = [1, 2, 5, 10, 15].map((n) => n * MINUTE).concat([1, 2, 3, 6, 12, 24].map((n) => n * HOUR));

/** The last `minutes`, with the shortest step that does not give too many points. The last slot contains `now`. */
export function rangeOf(minutes: number, now: number): Range {
  const length = minutes * MINUTE;
  const step = STEPS.find((one) => Math.ceil(length / one) <= MOST_POINTS) ?? (STEPS.at(-1) as number);
  const to = now - (now % step) + step;
  return { from: to - Math.ceil(length / step) * step, to, step };
}

/** A point for each slot of the range, with zeros if it has no figures. */
export function historyOf(
  { from, to, step }: Range,
  slots: ReadonlyMap<number, Sums>,
  types: readonly string[],
  iso: (ms: number) => string,
): Omit<MetricsHistory, 'byType'> {
  const points: MetricsPoint[] = [];
  const all: Sums = {};
  for (let at = from; at < to; at += step) {
    addSums(all, slots.get(at) ?? {});
    points.push({ at: iso(at), ...pointOf(slots.get(at) ?? {}) });
  }
  return { from: iso(from), to: iso(to), step, points, total: pointOf(all), types: [...types] };
}

export const totalsOf = (byType: ReadonlyMap<string, Sums>): MetricsHistory['byType'] =>
  Object.fromEntries([...byType].map(([type, sums]) => [type, pointOf(sums)]));

const pointOf = (sums: Sums): Omit<MetricsPoint, 'at'> => ({
  ...figuresOf(sums),
  waitP99: tenths(quantileOf(sums, 'wait', 0.99)),
  runP99: tenths(quantileOf(sums, 'run', 0.99)),
  pending: sums.pending ?? 0,
});

export function figuresOf(sums: Sums): JobFigures {
  const { added = 0, completed = 0, failed = 0, cancelled = 0, retried = 0 } = sums;
  return {
    added,
    completed,
    failed,
    cancelled,
    retried,
    waitP50: tenths(quantileOf(sums, 'wait', 0.5)),
    waitP95: tenths(quantileOf(sums, 'wait', 0.95)),
    runP50: tenths(quantileOf(sums, 'run', 0.5)),
    runP95: tenths(quantileOf(sums, 'run', 0.95)),
  };
}

const tenths = (ms: number | null): number | null => (ms === null ? null : Math.round(ms * 10) / 10);
