// What the pages of figures, nodes and the log read of the API.
import { type Api, Refusal } from '../api.ts';

export interface Point {
  at: string;
  added: number;
  completed: number;
  failed: number;
  cancelled: number;
  retried: number;
  /** Milliseconds; null where nothing was measured. */
  waitP50: number | null;
  waitP95: number | null;
  runP50: number | null;
  runP95: number | null;
  pending: number;
}

export interface History {
  from: string;
  to: string;
  /** Milliseconds from one point to the next. */
  step: number;
  points: Point[];
  types: string[];
}

export interface NodeEntry {
  id: string;
  hostname: string | null;
  pid: number;
  version: string | null;
  roles: string[];
  /** Each with its limit. */
  lanes: Record<string, number | null>;
  types: string[];
  slots: number;
  running: number;
  draining: boolean;
  startedAt: string;
  heartbeatAt: string;
  live: boolean;
}

export interface LogEntry {
  id: number;
  at: string;
  user: string | null;
  action: string;
  target: string | null;
  detail: string | null;
}

export interface LogPage {
  entries: LogEntry[];
  nextBefore: number | null;
}

export const SUM_NAMES = {
  added: 'added',
  completed: 'completed',
  failed: 'failed',
  cancelled: 'cancelled',
  retried: 'retried',
};

/** Minutes, by the value in the address. */
export const RANGES = { '1h': 60, '6h': 360, '24h': 1_440, '7d': 10_080 } as const;
export type Range = keyof typeof RANGES;

export const rangeOf = (text: string | undefined): Range =>
  text !== undefined && Object.hasOwn(RANGES, text) ? (text as Range) : '1h';

/** Null while the plugin metrics is off. Throws `Refusal`, like the others. */
export const readHistory = (api: Api, range: Range, type?: string): Promise<History | null> =>
  api.read<History>('/api/metrics/history', { minutes: String(RANGES[range]), type }).catch((error: unknown) => {
    if (error instanceof Refusal && error.status === 404) return null;
    throw error;
  });

export const readNodes = async (api: Api): Promise<NodeEntry[]> =>
  (await api.read<{ nodes: NodeEntry[] }>('/api/nodes')).nodes;

export const readLog = (api: Api, limit: number, before?: string): Promise<LogPage> =>
  api.read('/api/log', { limit: String(limit), before });
