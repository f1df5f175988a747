// What the pages read and do: the HTTP API from inside, with the rights of the person who looks.
import type {
  Attempt,
  Block,
  HistoryEntry,
  Job,
  JobState,
  LogLine,
  PluginContext,
  PluginState,
  QueueMetrics,
} from '@phraseworks/sdk';
import { address, type Query } from './address.ts';

export interface JobPage {
  jobs: Job[];
  nextCursor: string | null;
  capped: boolean;
}

export interface ScheduleEntry {
  name: string;
  plugin: string | null;
  schedule: string;
  timezone: string;
  paused: boolean;
  type: string;
  nextRun: string | null;
  nextRuns: string[];
  lastRun: string | null;
  lastJob: string | null;
}

export interface PluginEntry {
  name: string;
  title: string | null;
  version: string | null;
  description: string | null;
  state: PluginState;
  reason: string | null;
  since: string;
  types: string[];
  schedules: string[];
  needs: { id: string; optional: boolean; met: boolean }[];
  provides: string[];
  health: { hookErrors: number; lastError: string | null };
  parkedJobs: number;
  initMs: number | null;
}

export interface PanelEntry {
  plugin: string;
  id: string;
  title: string;
}

/** The API refused: its status, its code, and its sentence, which never repeats what was sent. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, detail: string) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

/** They describe the body and the connection of the request from outside, not of ours. */
const NOT_PASSED_ON = [
  'content-type',
  'content-length',
  'content-encoding',
  'transfer-encoding',
  'connection',
  'range',
];

const id = encodeURIComponent;

export class Api {
  readonly #request: PluginContext['request'];
  readonly #headers: Headers;

  constructor(request: PluginContext['request'], headers: Headers) {
    this.#request = request;
    this.#headers = new Headers(headers);
    for (const name of NOT_PASSED_ON) this.#headers.delete(name);
  }

  readonly jobs = (query: Query) => this.#get<JobPage>(address('', '/api/jobs', query));
  readonly job = (job: string) => this.#get<Job>(`/api/jobs/${id(job)}`);
  readonly history = (job: string) =>
    this.#get<{ events: HistoryEntry[]; attempts: Attempt[] }>(`/api/jobs/${id(job)}/history`);
  readonly logs = (job: string) => this.#get<{ logs: LogLine[] }>(`/api/jobs/${id(job)}/logs`);
  readonly why = (job: string) => this.#get<{ status: JobState; why: string }>(`/api/jobs/${id(job)}/why`);
  readonly metrics = () => this.#get<QueueMetrics>('/api/metrics');
  readonly schedules = () => this.#get<{ schedules: ScheduleEntry[] }>('/api/schedules');
  readonly plugins = () => this.#get<{ plugins: PluginEntry[] }>('/api/plugins');
  readonly panels = () => this.#get<{ panels: PanelEntry[] }>('/api/panels');
  readonly panel = (plugin: string, panel: string) =>
    this.#get<PanelEntry & { blocks: Block[] }>(`/api/panels/${id(plugin)}/${id(panel)}`);

  /** May this person use the address? */
  async may(path: string): Promise<boolean> {
    return (await this.#send('GET', path)).ok;
  }

  /** Throws `Refusal`. */
  async post(path: string): Promise<void> {
    await this.#checked(await this.#send('POST', path));
  }

  async #get<T>(path: string): Promise<T> {
    const answer = await this.#checked(await this.#send('GET', path));
    return (await answer.json()) as T;
  }

  async #send(method: string, path: string): Promise<Response> {
    return this.#request(path, { method, headers: this.#headers });
  }

  async #checked(answer: Response): Promise<Response> {
    if (answer.ok) return answer;
    const problem = (await answer.json().catch(() => ({}))) as { code?: unknown; detail?: unknown };
    throw new Refusal(
      answer.status,
      String(problem.code ?? 'INTERNAL'),
      String(problem.detail ?? 'There is no answer.'),
    );
  }
}
