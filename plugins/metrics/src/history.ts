// Figures over time as points for charts, from the sums of slots and from samples of what waits. Pure.
import type { MetricsHistory, MetricsPoint } from '@phraseworks/sdk/client';
import { countsIn, type Figures, quantile, RUNS, WAITS } from './figures.ts';

export const MINUTE = 60_000;
export const HOUR = 3_600_000;

/** Milliseconds since 1970; `from` and `to` lie on multiples of the step. */
export interface Range {
  from: number;
  to: number;
  step: number;
}

const MOST_POINTS = 300;
/** Minutes and hours that a slot may span; from an hour on, figures are read by the hour. */
const STEPS = [1, 2, 5, 10, 15].map((n) => n * MINUTE).concat([1, 2, 3, 6, 12, 24].map((n) => n * HOUR));

/** The shortest step with which so many minutes before `now` are not too many points; the last slot holds `now`. */
export function rangeOf(minutes: number, now: number): Range {
  const length = minutes * MINUTE;
  const step = STEPS.find((one) => Math.ceil(length / one) <= MOST_POINTS) ?? (STEPS.at(-1) as number);
  const to = now - (now % step) + step;
  return { from: to - Math.ceil(length / step) * step, to, step };
}

/**
 * Slot to the most jobs that waited in it. Between two samples of an hour nothing has changed, since every event brings one;
 * after an hour without any, nothing waits or no process runs. `samples` are of whole minutes, the oldest first.
 */
export function pendingIn(
  { from, to, step }: Range,
  samples: readonly { at: number; pending: number }[],
  now: number,
): Map<number, number> {
  const most = new Map<number, number>();
  for (const [i, { at, pending }] of samples.entries()) {
    const until = Math.min(samples[i + 1]?.at ?? now + 1, at + HOUR, to);
    for (let minute = Math.max(at, from); minute < until || minute === at; minute += MINUTE) {
      const slot = minute - (minute % step);
      most.set(slot, Math.max(most.get(slot) ?? 0, pending));
    }
  }
  return most;
}

/** A point for each slot of the range; in one without figures nothing happened. `pending` replaces what the figures say of it. */
export function historyOf(
  { from, to, step }: Range,
  slots: ReadonlyMap<number, Figures>,
  types: readonly string[],
  iso: (ms: number) => string,
  pending?: ReadonlyMap<number, number>,
): MetricsHistory {
  const points: MetricsPoint[] = [];
  for (let at = from; at < to; at += step) {
    const point = { at: iso(at), ...pointOf(slots.get(at) ?? {}) };
    points.push(pending ? { ...point, pending: pending.get(at) ?? 0 } : point);
  }
  return { from: iso(from), to: iso(to), step, points, types: [...types] };
}

function pointOf(figures: Figures): Omit<MetricsPoint, 'at'> {
  const { added = 0, completed = 0, failed = 0, cancelled = 0, retried = 0, pending = 0 } = figures;
  const waits = countsIn(figures, WAITS);
  const runs = countsIn(figures, RUNS);
  return {
    added,
    completed,
    failed,
    cancelled,
    retried,
    waitP50: tenths(quantile(waits, 0.5)),
    waitP95: tenths(quantile(waits, 0.95)),
    runP50: tenths(quantile(runs, 0.5)),
    runP95: tenths(quantile(runs, 0.95)),
    pending,
  };
}

const tenths = (ms: number | null): number | null => (ms === null ? null : Math.round(ms * 10) / 10);
