// What the page of figures reads of the API.
import type { MetricsHistory, MetricsPoint } from '@phraseworks/sdk/client';
import { type Api, ifNotFound } from '../api.ts';

export const COUNTS = ['added', 'completed', 'failed', 'cancelled', 'retried'] as const;

/** Jobs waited, or something happened to them. */
export const isBusy = (point: MetricsPoint): boolean => point.pending > 0 || COUNTS.some((name) => point[name] > 0);

/** Minutes, by the value in the address. */
export const RANGES = { '1h': 60, '6h': 360, '24h': 1_440, '7d': 10_080 } as const;
export type Range = keyof typeof RANGES;

export const rangeOf = (text: string | undefined): Range =>
  text !== undefined && Object.hasOwn(RANGES, text) ? (text as Range) : '1h';

/** Null while the plugin metrics is off. Throws `ClientError`. */
export const readHistory = (api: Api, range: Range, type?: string): Promise<MetricsHistory | null> =>
  api.read<MetricsHistory>('/api/metrics/history', { minutes: String(RANGES[range]), type }).catch(ifNotFound(null));
