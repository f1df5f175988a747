// The HTTP API, called in process with the permissions of the user who opened the page.

import type {
  Attempt,
  Block,
  FieldError,
  HistoryEntry,
  Job,
  JobState,
  LogLine,
  PluginContext,
  QueueMetrics,
  Receipt,
} from '@phraseworks/sdk';
import type {
  Failures,
  JobPage,
  OfferedType,
  PanelInfo,
  PauseInfo,
  PluginStatus,
  RemovedPlugin,
  Rights,
  ScheduleInfo,
} from '@phraseworks/sdk/client';
import { address, type Query } from './address.ts';

/** An error from the API. Its message never repeats what was sent. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  readonly code: string;
  /** The invalid fields, by path. */
  readonly errors: readonly FieldError[];

  constructor(status: number, code: string, detail: string, errors: readonly FieldError[] = []) {
    super(detail);
    this.status = status;
    this.code = code;
    this.errors = errors;
  }
}

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

export class Api {
  readonly #request: PluginContext['request'];
  readonly #headers: Headers;

  constructor(request: PluginContext['request'], headers: Headers) {
    this.#request = request;
    this.#headers = new Headers(headers);
    for (const name of NOT_PASSED_ON) this.#headers.delete(name);
    // A browser's own `accept` header would make the API answer errors as HTML.
    this.#headers.set('accept', 'application/json');
  }

  readonly me = () => this.#get<{ user: string | null; may: Rights }>('/api/me');
  readonly jobs = (query: Query) => this.#get<JobPage>(address('', '/api/jobs', query));
  readonly job = (job: string) => this.#get<Job>(`/api/jobs/${id(job)}`);
  readonly history = (job: string) =>
    this.#get<{ events: HistoryEntry[]; attempts: Attempt[] }>(`/api/jobs/${id(job)}/history`);
  readonly logs = (job: string) => this.#get<{ logs: LogLine[] }>(`/api/jobs/${id(job)}/logs`);
  readonly why = (job: string) => this.#get<{ status: JobState; why: string }>(`/api/jobs/${id(job)}/why`);
  readonly receipts = (job: string) => this.#get<{ receipts: Receipt[] }>(`/api/jobs/${id(job)}/receipts`);
  /** The view that the job's plugin provides. */
  readonly view = (job: string) => this.#get<{ blocks: Block[]; error: string | null }>(`/api/jobs/${id(job)}/view`);
  readonly failures = () => this.#get<Failures>('/api/failures');
  readonly lanes = async () => {
    const { nodes } = await this.#get<{ nodes: { lanes: Record<string, unknown> }[] }>('/api/nodes');
    return [...new Set(nodes.flatMap(({ lanes }) => Object.keys(lanes)))].sort();
  };
  /** Why jobs cannot be stored; null while they can. */
  readonly storageProblem = async (): Promise<string | null> => {
    const answer = await this.#send('GET', '/ready');
    const { info } = (await answer.json()) as { info?: { storage?: { message: string | null } } };
    return info?.storage?.message ?? null;
  };
  /** True while a plugin serves the API reference. */
  readonly hasDocs = async (): Promise<boolean> => (await this.#send('HEAD', API_DOCS)).ok;
  readonly metrics = () => this.#get<QueueMetrics>('/api/metrics');
  readonly schedules = () => this.#get<{ schedules: ScheduleInfo[] }>('/api/schedules');
  readonly plugins = () => this.#get<{ plugins: PluginStatus[]; removed: RemovedPlugin[] }>('/api/plugins');
  readonly pluginConfig = (plugin: string) =>
    this.#get<Pick<PluginStatus, 'config' | 'configSchema'>>(`/api/plugins/${id(plugin)}/config`);
  readonly types = () => this.#get<{ types: OfferedType[] }>('/api/types');
  readonly pauses = () => this.#get<{ pauses: PauseInfo[] }>('/api/pauses');
  readonly panels = () => this.#get<{ panels: PanelInfo[] }>('/api/panels');
  readonly panel = (plugin: string, panel: string, page?: string) =>
    this.read<PanelInfo & { blocks: Block[] }>(`/api/panels/${id(plugin)}/${id(panel)}`, page ? { page } : {});

  readonly read = <T>(path: string, query: Query = {}) => this.#get<T>(address('', path, query));

  /** Undefined for an answer without content (204). Throws `Refusal`. */
  async send<T = unknown>(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<T> {
    const answer = await this.#checked(await this.#send(method, path, body));
    return (answer.status === 204 ? undefined : await answer.json()) as T;
  }

  async #get<T>(path: string): Promise<T> {
    const answer = await this.#checked(await this.#send('GET', path));
    return (await answer.json()) as T;
  }

  async #send(method: string, path: string, body?: unknown): Promise<Response> {
    if (body === undefined) return this.#request(path, { method, headers: this.#headers });
    const headers = new Headers(this.#headers);
    headers.set('content-type', 'application/json');
    return this.#request(path, { method, headers, body: JSON.stringify(body) });
  }

  async #checked(answer: Response): Promise<Response> {
    if (answer.ok) return answer;
    const problem = (await answer.json().catch(() => ({}))) as { code?: unknown; detail?: unknown; errors?: unknown };
    throw new Refusal(
      answer.status,
      String(problem.code ?? 'INTERNAL'),
      String(problem.detail ?? 'The server sent no error details.'),
      Array.isArray(problem.errors) ? (problem.errors as FieldError[]) : [],
    );
  }
}
