// The figures over time, of the plugin metrics.
import type { MetricsHistory, MetricsPoint } from '@phraseworks/sdk/client';
import { address } from '../address.ts';
import { callRoute, ifThere } from '../refusal.ts';
import type { Asking } from '../visit.ts';

export const COUNTS = ['added', 'completed', 'failed', 'cancelled', 'retried'] as const;

/** Jobs waited, or something happened to them. */
export const isBusy = (point: MetricsPoint): boolean => point.pending > 0 || COUNTS.some((name) => point[name] > 0);

/** Minutes, by the value in the address. */
export const RANGES = { '1h': 60, '6h': 360, '24h': 1_440, '7d': 10_080 } as const;
export type Range = keyof typeof RANGES;

export const rangeOf = (text: string | undefined): Range =>
  text !== undefined && Object.hasOwn(RANGES, text) ? (text as Range) : '1h';

/** Undefined while the plugin metrics is off. */
export function readHistory({ request }: Asking, range: Range, type?: string): Promise<MetricsHistory | undefined> {
  const path = address('', '/api/metrics/history', { minutes: String(RANGES[range]), type });
  return ifThere(callRoute<MetricsHistory>(request, path), 'NOT_FOUND');
}
