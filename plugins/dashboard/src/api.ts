// The HTTP API, called in process with the permissions of the user who opened the page.

import type {
  Attempt,
  Block,
  HistoryEntry,
  Job,
  LogLine,
  PluginContext,
  QueueMetrics,
  Receipt,
} from '@phraseworks/sdk';
import {
  ClientError,
  createClient,
  type Failures,
  type JobPage,
  type NodeInfo,
  type OfferedType,
  type PanelInfo,
  type PauseInfo,
  type PluginStatus,
  type RemovedPlugin,
  type Rights,
  type ScheduleInfo,
  type WhyNot,
} from '@phraseworks/sdk/client';
import { address, type Query } from './address.ts';

/** These headers describe the body and connection of the browser's request, not of ours. */
const NOT_PASSED_ON = [
  'content-type',
  'content-length',
  'content-encoding',
  'transfer-encoding',
  'connection',
  'range',
];

const id = encodeURIComponent;

/** The `type` of each problem points there. */
export const API_DOCS = '/api/docs';

export type Api = ReturnType<typeof apiFor>;

/** Catches only that something does not exist. */
export const ifNotFound =
  <T>(otherwise: T) =>
  (error: unknown): T => {
    if (error instanceof ClientError && error.status === 404) return otherwise;
    throw error;
  };

/** Its functions throw `ClientError`, which never repeats what was sent. */
export function apiFor(request: PluginContext['request'], given: Headers) {
  const own = new Headers(given);
  for (const name of NOT_PASSED_ON) own.delete(name);
  // A browser's own `accept` header would make the API answer errors as HTML.
  own.set('accept', 'application/json');
  const headers = Object.fromEntries(own);
  const client = createClient({
    base: '',
    fetch: (path, init) => request(String(path), { ...init, headers: { ...headers, ...(init?.headers as object) } }),
  });
  const get = client.request;
  const read = <T>(path: string, query: Query = {}) => get<T>(address('', path, query));
  return {
    /** What every page needs. */
    me: () => get<{ may: Rights; panels: PanelInfo[]; pages: string[]; storageProblem: string | null }>('/api/me'),
    jobs: (query: Query) => get<JobPage>(address('', '/api/jobs', query)),
    job: (job: string) => get<Job>(`/api/jobs/${id(job)}`),
    history: (job: string) => get<{ events: HistoryEntry[]; attempts: Attempt[] }>(`/api/jobs/${id(job)}/history`),
    logs: (job: string) => get<{ logs: LogLine[] }>(`/api/jobs/${id(job)}/logs`),
    why: (job: string) => get<WhyNot>(`/api/jobs/${id(job)}/why`),
    receipts: (job: string) => get<{ receipts: Receipt[] }>(`/api/jobs/${id(job)}/receipts`),
    /** The view that the job's plugin provides. */
    view: (job: string) => get<{ blocks: Block[]; error: string | null }>(`/api/jobs/${id(job)}/view`),
    failures: () => get<Failures>('/api/failures'),
    metrics: () => get<QueueMetrics>('/api/metrics'),
    nodes: () => get<{ nodes: NodeInfo[] }>('/api/nodes'),
    schedules: () => get<{ schedules: ScheduleInfo[] }>('/api/schedules'),
    plugins: () => get<{ plugins: PluginStatus[]; removed: RemovedPlugin[] }>('/api/plugins'),
    pluginConfig: (plugin: string) =>
      get<Pick<PluginStatus, 'config' | 'configSchema'>>(`/api/plugins/${id(plugin)}/config`),
    types: () => get<{ types: OfferedType[] }>('/api/types'),
    pauses: () => get<{ pauses: PauseInfo[] }>('/api/pauses'),
    panel: (plugin: string, panel: string, page?: string) =>
      read<PanelInfo & { blocks: Block[] }>(`/api/panels/${id(plugin)}/${id(panel)}`, page ? { page } : {}),

    read,
    /** Undefined for an answer without content (204). */
    send: <T = unknown>(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<T> =>
      client.request<T>(
        path,
        body === undefined
          ? { method }
          : { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) },
      ),
  };
}
