// The figures over time, of the plugin metrics.
import type { MetricsHistory, MetricsPoint } from '@phraseworks/sdk/client';
import { callRoute, ifThere } from '../refusal.ts';
import type { Asking, Visit } from '../visit.ts';

export const COUNTS = ['added', 'completed', 'failed', 'cancelled', 'retried'] as const;

/** Jobs waited, or something happened to them. */
export const isBusy = (point: MetricsPoint): boolean => point.pending > 0 || COUNTS.some((name) => point[name] > 0);

/** Minutes, by the value in the address. */
export const RANGES = { '1h': 60, '6h': 360, '24h': 1_440, '7d': 10_080 } as const;
export type Range = keyof typeof RANGES;

export const rangeOf = (text: string | undefined): Range =>
  text !== undefined && Object.hasOwn(RANGES, text) ? (text as Range) : '1h';

/** Of these types together, or of all; undefined while the plugin metrics is off. */
export function readHistory(
  { request }: Asking,
  range: Range,
  types: readonly string[] = [],
): Promise<MetricsHistory | undefined> {
  const query = new URLSearchParams([
    ['minutes', String(RANGES[range])],
    ...types.map((type): [string, string] => ['type', type]),
  ]);
  return ifThere(callRoute<MetricsHistory>(request, `/api/metrics/history?${query}`), 'NOT_FOUND');
}

const FRESH = 5_000;
const MOST_KEPT = 100;

/** Reads the last hour at most once in five seconds, however many open pages ask for it; undefined for those who may not see all jobs. */
export function createLastHour() {
  const recent = new Map<string, { at: number; read: Promise<MetricsHistory | undefined> }>();
  return async (visit: Visit, types: readonly string[]): Promise<MetricsHistory | undefined> => {
    if (!(await visit.actor.may('view'))) return undefined;
    const key = types.join(' ');
    const known = recent.get(key);
    if (known && visit.now - known.at < FRESH) return known.read;
    if (recent.size >= MOST_KEPT) recent.clear();
    const read = readHistory(visit, '1h', types);
    recent.set(key, { at: visit.now, read });
    return read;
  };
}
export type ReadLastHour = ReturnType<typeof createLastHour>;
