// Converts rows to the objects that callers see.
import { inspect } from 'node:util';
import type { Attempt, Job, JobEvent, ParkReason, Progress } from '@phraseworks/sdk';
import { isWaiting, publicState } from '../job/lifecycle.ts';
import { type ClaimedJob, type JobRecord, priorityOf } from '../job/record.ts';
import { iso } from '../kernel/clock.ts';
import { decodeJson } from '../kernel/json.ts';
import type { AttemptRow } from './shared-statements.ts';

const time = (ms: number | null): string | null => (ms === null ? null : iso(ms));
const json = (text: string | null): unknown => (text === null ? null : (decodeJson(text) ?? null));

/** Characters. Larger JSON is parsed when somebody looks at it: much of what is asked about a job needs neither data nor result. */
const LARGE = 8_192;

/** A property whose value is made when it is first read. */
function once<T extends object>(of: T, key: keyof T, make: () => unknown): void {
  const set = (value: unknown) =>
    Object.defineProperty(of, key, { value, enumerable: true, configurable: true, writable: true });
  Object.defineProperty(of, key, {
    get: () => {
      const value = make();
      set(value);
      return value;
    },
    set,
    enumerable: true,
    configurable: true,
  });
}

/** What the types of jobs add to their rows. */
export interface ShownTypes {
  /** The one-line summary that a type gives its jobs. */
  summaryOf(type: string, data: unknown): string | null;
  /** The plugin that owns it now. */
  ownerOf(type: string): string | undefined;
  /** Why nothing runs its jobs now. */
  heldBy(type: string): ParkReason | null;
}

/** A job as callers get it: `String(job)` is its state, and `console.log(job)` starts with it. */
class JobView implements Job {
  readonly id: string;
  readonly type: string;
  readonly plugin: string | null;
  readonly status: Job['status'];
  readonly priority: Job['priority'];
  readonly data: Job['data'];
  readonly summary!: string | null;
  readonly result: Job['result'];
  readonly error: string | null;
  readonly message: string | null;
  readonly reason: string | null;
  readonly progress: Progress | null;
  readonly attempt: number;
  readonly crashes: number;
  readonly maxRetries: number;
  readonly retryDelay: number;
  readonly retryBackoff: Job['retryBackoff'];
  readonly timeout: number;
  readonly worker: string | null;
  readonly schedule: string | null;
  readonly metrics: Record<string, unknown> | null;
  readonly createdAt: string;
  readonly runAt: string | null;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  declare readonly dataBytes?: number;
  declare readonly resultBytes?: number;

  constructor(record: JobRecord, types: ShownTypes) {
    this.id = record.id;
    this.type = record.type;
    this.plugin = types.ownerOf(record.type) ?? record.plugin;
    const held = isWaiting(record.state) ? types.heldBy(record.type) : null;
    this.status = publicState(record.state, held !== null);
    this.priority = priorityOf(record.priority);
    const isLarge = record.data.length > LARGE || (record.result?.length ?? 0) > LARGE;
    if (isLarge) {
      once(this, 'data', () => json(record.data));
      once(this, 'summary', () => types.summaryOf(record.type, this.data));
      once(this, 'result', () => json(record.result));
    } else {
      this.data = json(record.data);
      const isLeftOut = record.dataBytes && this.data === null;
      this.summary = isLeftOut ? null : types.summaryOf(record.type, this.data);
      this.result = json(record.result);
    }
    if (record.dataBytes) this.dataBytes = Number(record.dataBytes);
    if (record.resultBytes) this.resultBytes = Number(record.resultBytes);
    this.error = record.error;
    this.message = record.message;
    this.reason = held ?? record.reason;
    this.progress = json(record.progress) as Progress | null;
    this.attempt = record.attempt;
    this.crashes = record.crashes;
    this.maxRetries = record.maxRetries;
    this.retryDelay = record.retryDelay;
    this.retryBackoff = record.backoff;
    this.timeout = record.timeout;
    this.worker = record.node;
    this.schedule = record.schedule;
    this.metrics = json(record.metrics) as Record<string, unknown> | null;
    this.createdAt = iso(record.createdAt);
    this.runAt = time(record.runAt);
    this.startedAt = time(record.startedAt);
    this.finishedAt = time(record.finishedAt);
  }

  toString(): string {
    return this.status;
  }

  [inspect.custom](_depth: number, options: object): string {
    return `${this.toString()} ${inspect({ ...this }, options)}`;
  }
}

export const toJob = (record: JobRecord, types: ShownTypes): Job => new JobView(record, types);

type EventSource = Pick<JobRecord | ClaimedJob, 'id' | 'type' | 'plugin' | 'attempt'>;

export function jobEvent(
  event: JobEvent['event'],
  status: JobEvent['status'],
  job: EventSource,
  at: number,
  more?: Partial<JobEvent>,
): JobEvent {
  return {
    event,
    jobId: job.id,
    jobType: job.type,
    plugin: job.plugin,
    status,
    attempt: job.attempt,
    at: iso(at),
    ...more,
  };
}

export type StoredAttempt = Omit<AttemptRow, 'jobId'>;

/** The attempt that is stored in the job's own row: it completed the job, or a cancel came first and its end is not stored (yet). Null if there is none. */
export function attemptInRow(job: JobRecord): StoredAttempt | null {
  const { state, attempt, run, node, startedAt, finishedAt, leaseUntil } = job;
  const isOverdue = state === 'cancelled' && leaseUntil !== null;
  if ((state !== 'completed' && !isOverdue) || startedAt === null || finishedAt === null) return null;
  return { attempt, run, node, startedAt, finishedAt, outcome: state, error: null, stack: null };
}

export const toAttempt = (row: StoredAttempt): Attempt => ({
  attempt: row.attempt,
  startedAt: iso(row.startedAt),
  finishedAt: iso(row.finishedAt),
  duration: row.finishedAt - row.startedAt,
  outcome: row.outcome as Attempt['outcome'],
  error: row.error,
  stack: row.stack,
  worker: row.node,
});
