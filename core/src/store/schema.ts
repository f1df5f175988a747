// The tables as Kysely types. Times are milliseconds since 1970; data and the like are JSON text.
import type { ColumnType, Generated, Kysely } from 'kysely';
import type { StoredState } from '../job/lifecycle.ts';

export interface JobsTable {
  id: string;
  type: string;
  plugin: string | null;
  /** Only `withState` can update it. */
  state: ColumnType<StoredState, StoredState, never>;
  priority: number;
  attempt: number;
  crashes: number;
  max_retries: number;
  retry_delay: number;
  backoff: string;
  timeout: number;
  run: number;
  node: string | null;
  lease_until: number | null;
  idempotency_key: string | null;
  fingerprint: string | null;
  run_at: number | null;
  due_at: number | null;
  created_at: number;
  started_at: number | null;
  finished_at: number | null;
  schedule: string | null;
  reason: string | null;
  error: string | null;
  message: string | null;
  progress: string | null;
  metrics: string | null;
  data: string;
  result: string | null;
  /** Since when it may run if that is neither its creation nor `run_at`: it was returned. */
  ready_at: number | null;
  /** The `traceparent` of the code that added it. */
  trace: string | null;
  /** The version of its type that checked the data; null for a type without versions, which counts as 1. */
  data_version: number | null;
  /** Crashes while it ran alone in its process; `crashes` includes these. */
  lone_crashes: Generated<number>;
  /** The last run whose processor started, and the last that started alone; recorded only for jobs with a crash. */
  started_run: number | null;
  alone_run: number | null;
}

/** One row per finished attempt. */
export interface AttemptsTable {
  job_id: string;
  run: number;
  attempt: number;
  node: string | null;
  started_at: number;
  finished_at: number;
  outcome: string;
  error: string | null;
  stack: string | null;
}

export interface LogsTable {
  job_id: string;
  run: number;
  line: number;
  attempt: number;
  at: number;
  level: string;
  message: string;
}

/** Completed steps of a job; one row per key. */
export interface ReceiptsTable {
  job_id: string;
  key: string;
  /** `pending` before the effect, `done` after it. */
  state: string;
  /** JSON; null while pending, or if the result could not be stored. */
  result: string | null;
  attempt: number;
  /** The claim that wrote it. */
  run: number;
  at: number;
}

/** Events of a job besides its attempts: released, cancelled, retried manually. */
export interface HistoryTable {
  id: string;
  job_id: string;
  /** The last run that had begun by then; 0 before the first. */
  run: number;
  at: number;
  event: string;
  attempt: number;
  status: string;
  reason: string | null;
  by: string | null;
}

/** One row per commit: all events of that transaction, in order. */
export interface EventsTable {
  seq: Generated<number>;
  at: number;
  node: string;
  /** The names of the events and topics, each once, for readers that need no more. */
  kinds: string;
  events: string;
}

/** Jobs per state and type; kept current by the transactions that move them. */
export interface CountsTable {
  state: string;
  type: string;
  /** Processes on one server use different rows, so that they do not wait for each other; the sum is the count. */
  shard: number;
  n: number;
}

/** Completed attempts and their total time, per type. */
export interface TotalsTable {
  type: string;
  shard: number;
  runs: number;
  run_ms: number;
}

export interface SchedulesTable {
  /** `plugin/name`, or only the name for the application. */
  key: string;
  plugin: string | null;
  name: string;
  pattern: string;
  timezone: string;
  job: string;
  missed: string;
  /** 1: declared by a plugin at every start, and removed once it no longer is. */
  declared: number;
  paused: number;
  next_at: number | null;
  last_at: number | null;
  last_job: string | null;
  created_at: number;
  /** The version of the type that checked the job's data; null if the type was not registered then. */
  data_version: number | null;
}

/** One row per run of a schedule, so that a tick adds one job on any number of nodes. */
export interface TicksTable {
  schedule: string;
  tick: number;
  job_id: string;
}

export interface TypesTable {
  type: string;
  plugin: string;
  /** The plugin's options for it, as JSON: limits for jobs that are added while it is off. */
  options: string;
}

/** Settings that an administrator stored at run time. */
export interface PluginsTable {
  name: string;
  /** 1 on, 0 off, null: as configured. */
  enabled: number | null;
  config: string | null;
}

/** Types and plugins whose jobs wait until someone resumes them. */
export interface PausesTable {
  /** `type` or `plugin`. */
  kind: string;
  name: string;
  since: number;
  by: string | null;
  /** Null: until it is resumed. */
  until: number | null;
  reason: string | null;
}

/** The audit log. */
export interface LogTable {
  id: Generated<number>;
  at: number;
  user: string | null;
  action: string;
  target: string;
  detail: string | null;
}

export interface NodesTable {
  id: string;
  host: string;
  boot: string;
  namespace: string;
  pid: number;
  process_started: string;
  started_at: number;
  heartbeat_at: number;
  /** What it is and does, as JSON. */
  about: string;
}

export interface MigrationsTable {
  scope: string;
  name: string;
  at: number;
}

export interface MetaTable {
  key: string;
  value: string;
}

export interface Database {
  pwj_jobs: JobsTable;
  pwj_attempts: AttemptsTable;
  pwj_logs: LogsTable;
  pwj_history: HistoryTable;
  pwj_receipts: ReceiptsTable;
  pwj_events: EventsTable;
  pwj_counts: CountsTable;
  pwj_totals: TotalsTable;
  pwj_schedules: SchedulesTable;
  pwj_ticks: TicksTable;
  pwj_types: TypesTable;
  pwj_plugins: PluginsTable;
  pwj_pauses: PausesTable;
  pwj_log: LogTable;
  pwj_nodes: NodesTable;
  pwj_migrations: MigrationsTable;
  pwj_meta: MetaTable;
}

/** The jobs table with an updatable state: only for the transition, the claim and the settlement. `scripts/boundaries.ts` enforces this. */
export const withState = (db: Kysely<Database>) =>
  db as unknown as Kysely<{ pwj_jobs: Omit<JobsTable, 'state'> & { state: StoredState } }>;
