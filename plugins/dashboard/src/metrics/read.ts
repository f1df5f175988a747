// What the pages of figures, nodes and the log read of the API.
import { ClientError, type LogPage, type MetricsHistory, type NodeInfo } from '@phraseworks/sdk/client';
import type { Api } from '../api.ts';

export const COUNTS = ['added', 'completed', 'failed', 'cancelled', 'retried'] as const;

/** Minutes, by the value in the address. */
export const RANGES = { '1h': 60, '6h': 360, '24h': 1_440, '7d': 10_080 } as const;
export type Range = keyof typeof RANGES;

export const rangeOf = (text: string | undefined): Range =>
  text !== undefined && Object.hasOwn(RANGES, text) ? (text as Range) : '1h';

/** Null while the plugin metrics is off. Throws `ClientError`, like the others. */
export const readHistory = (api: Api, range: Range, type?: string): Promise<MetricsHistory | null> =>
  api.read<MetricsHistory>('/api/metrics/history', { minutes: String(RANGES[range]), type }).catch((error: unknown) => {
    if (error instanceof ClientError && error.status === 404) return null;
    throw error;
  });

export const readNodes = async (api: Api): Promise<NodeInfo[]> =>
  (await api.read<{ nodes: NodeInfo[] }>('/api/nodes')).nodes;

export const readLog = (api: Api, limit: number, before?: string): Promise<LogPage> =>
  api.read('/api/log', { limit: String(limit), before });
