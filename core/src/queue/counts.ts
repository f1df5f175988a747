// The metrics of the queue, from counts that transactions maintain, so the cost does not grow with the table.
import type { QueueMetrics, TypeMetrics } from '@phraseworks/sdk';
import { JOB_STATES } from '@phraseworks/sdk/host';
import { isJobState, publicState, type StoredState } from '../job/lifecycle.ts';
import type { Total } from '../store/job-reads.ts';
import type { Count } from '../store/search.ts';
import type { HeldTypes } from './holds.ts';

const empty = (): TypeMetrics =>
  Object.fromEntries([...JOB_STATES, 'total', 'delayed', 'avgProcessingTime'].map((name) => [name, 0])) as never;

export function metricsOf(
  counts: readonly Count[],
  totals: readonly Total[],
  stuck: number,
  { heldBy }: Pick<HeldTypes, 'heldBy'>,
): QueueMetrics {
  const all: QueueMetrics = { ...empty(), types: {}, stuck };
  const types = new Map<string, TypeMetrics>();
  const of = (type: string): TypeMetrics => {
    const known = types.get(type) ?? empty();
    types.set(type, known);
    return known;
  };
  for (const { state, type, n } of counts) {
    const key = publicState(state as StoredState, heldBy(type) !== null);
    if (!isJobState(key)) continue;
    for (const metrics of [all, of(type)]) {
      metrics[key] += Number(n);
      metrics.total += Number(n);
      if (state === 'scheduled' && key === 'pending') metrics.delayed += Number(n);
    }
  }
  let runs = 0;
  let ms = 0;
  for (const total of totals) {
    runs += Number(total.runs);
    ms += Number(total.run_ms);
    of(total.type).avgProcessingTime = average(Number(total.run_ms), Number(total.runs));
  }
  all.avgProcessingTime = average(ms, runs);
  // A plain assignment would fail for a type called `__proto__`.
  all.types = Object.fromEntries(types);
  return all;
}

const average = (ms: number, runs: number): number => (runs === 0 ? 0 : Math.round((ms / runs) * 100) / 100);
