// Converts rows to the objects that callers see.
import { inspect } from 'node:util';
import type { Attempt, Job, JobEvent, ParkReason, Progress } from '@phraseworks/sdk';
import { contentIn } from '../job/content.ts';
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

/** Of each job: `String(job)` is its state, and `console.log(job)` starts with it. */
class Shown {
  declare readonly status: Job['status'];

  toString(): string {
    return this.status;
  }

  [inspect.custom](_depth: number, options: object): string {
    return `${this.toString()} ${inspect({ ...this }, options)}`;
  }
}

/** A job as callers get it. */
export function toJob(record: JobRecord, types: ShownTypes): Job {
  const { id, type, state, error, message, attempt, crashes, maxRetries, retryDelay, timeout, schedule } = record;
  const held = isWaiting(state) ? types.heldBy(type) : null;
  const isLarge = record.data.length > LARGE || (record.result?.length ?? 0) > LARGE;
  const data = isLarge ? null : json(record.data);
  const isLeftOut = isLarge || (record.dataBytes && data === null);
  const job = {
    __proto__: Shown.prototype,
    id,
    type,
    plugin: types.ownerOf(type) ?? record.plugin,
    status: publicState(state, held !== null),
    priority: priorityOf(record.priority),
    data,
    summary: isLeftOut ? null : types.summaryOf(type, data),
    result: isLarge ? null : json(record.result),
    error,
    message,
    reason: held ?? record.reason,
    progress: json(record.progress) as Progress | null,
    attempt,
    crashes,
    maxRetries,
    retryDelay,
    retryBackoff: record.backoff,
    timeout,
    worker: record.node,
    schedule,
    metrics: json(record.metrics) as Record<string, unknown> | null,
    createdAt: iso(record.createdAt),
    runAt: time(record.runAt),
    startedAt: time(record.startedAt),
    finishedAt: time(record.finishedAt),
  } as Job;
  if (isLarge) {
    once(job, 'data', () => json(record.data));
    once(job, 'summary', () => types.summaryOf(type, job.data));
    once(job, 'result', () => json(record.result));
  }
  return Object.assign(
    job,
    record.key == null ? null : { key: record.key },
    record.about == null ? null : { about: contentIn(record.about) },
    record.dataBytes ? { dataBytes: Number(record.dataBytes) } : null,
    record.resultBytes ? { resultBytes: Number(record.resultBytes) } : null,
  );
}

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

/** The attempt that is stored in the job's own row: it completed the job, or a cancel came first and its end is not stored (yet). Otherwise null. */
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
