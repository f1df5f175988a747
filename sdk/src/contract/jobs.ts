// The answers about jobs.
import { z } from 'zod';
import { BACKOFFS, JOB_EVENTS, JOB_STATES, PRIORITIES } from '../options.ts';
import { Block } from './blocks.ts';
import { Progress } from './requests.ts';

export const when = z.iso.datetime().describe('ISO 8601 in UTC.');
export const count = z.int().min(0);
const milliseconds = z.number().min(0);
const state = z.enum(JOB_STATES);

const SECRETS = 'Secrets are masked unless the caller may operate.';

/** A job of any type; `Job` in job.ts knows the data and the result of each type. */
export const JobFields = z.strictObject({
  id: z.string(),
  type: z.string(),
  plugin: z.string().nullable(),
  status: state,
  priority: z.enum(PRIORITIES),
  data: z.unknown().describe(SECRETS),
  /** One line about it, from its type's `summary(data)`; null if the type has none or is unknown here. */
  summary: z.string().nullable(),
  result: z.unknown().describe(SECRETS),
  /** The message of the last error. */
  error: z.string().nullable().describe('The message of the last error.'),
  /** The message that the processor returned with its result. */
  message: z.string().nullable().describe('Message that the processor returned with its result.'),
  /** Why it is parked, or why it ended without a result: `crashed`, `discarded`, `timeout`, ... */
  reason: z.string().nullable().describe('Why it is parked, or why it ended without a result.'),
  progress: Progress.nullable(),
  /** The number of the current or last attempt, from 1; 0 before the first. */
  attempt: count.describe('The number of the current or last attempt, from 1; 0 before the first.'),
  /** How often the process crashed while running this job. */
  crashes: count,
  maxRetries: count,
  retryDelay: milliseconds,
  retryBackoff: z.enum(BACKOFFS),
  timeout: milliseconds,
  worker: z.string().nullable(),
  /** `plugin/name` of the schedule that added it. */
  schedule: z.string().nullable(),
  /** Figures from `recordJobMetrics`. */
  metrics: z.record(z.string(), z.unknown()).nullable(),
  createdAt: when,
  /** When it may run: the end of its delay or retry delay. */
  runAt: when.nullable(),
  startedAt: when.nullable(),
  finishedAt: when.nullable(),
  /** If its type has keys: jobs with the same key depend on each other. */
  key: z.string().exactOptional().describe('If its type has keys: jobs with the same key depend on each other.'),
  /** The content that it is about. */
  about: z.strictObject({ kind: z.string(), id: z.string() }).exactOptional().describe('The content that it is about.'),
  /** Of a job that was just added: `kept` and `replaced` are the job of its key that was there. */
  outcome: z.enum(['added', 'kept', 'replaced']).exactOptional(),
  /** In a list: the size of `data`, which is null because it is large. Get the job to read it. */
  dataBytes: count
    .exactOptional()
    .describe('In a list: the size of `data`, which is omitted because it is large; get the job to read it.'),
  /** The same for its `result`. */
  resultBytes: count.exactOptional().describe('In a list: the size of `result`, which is omitted because it is large.'),
});
export interface JobFields extends z.infer<typeof JobFields> {}

export const AddedJobs = z.union([JobFields, z.array(JobFields)]);

/** `JobPage` in job.ts types its jobs. */
export const JobPageFields = z.strictObject({
  /** Newest first. */
  jobs: z.array(JobFields),
  nextCursor: z.string().nullable(),
  /** True if a search stopped at its limit before it examined all jobs. */
  capped: z.boolean().describe('The search reached its limit before it had examined all jobs.'),
  /** With `total: true`: how many jobs match, counted up to 10,000. */
  total: count.exactOptional().describe('With `total=true`: how many jobs match, counted up to 10,000.'),
  /** There are more, or may be: `total` is as far as was counted. */
  totalCapped: z.boolean().exactOptional().describe('There are more than `total`, or may be: counting stopped.'),
});
export interface JobPageFields extends z.infer<typeof JobPageFields> {}

export const FailureGroup = z.strictObject({
  type: z.string(),
  /** The first line of the error, with `#` for numbers and for passwords in URLs. Usable in a search as `error:`. */
  cause: z.string().describe('The first line of the error, with `#` for numbers.'),
  jobs: count,
  /** The newest of these jobs. `at`: when it failed, ISO 8601 in UTC. */
  newest: z.strictObject({ id: z.string(), at: when }),
});
export interface FailureGroup extends z.infer<typeof FailureGroup> {}

export const Failures = z.strictObject({
  /** Most frequent first. */
  failures: z.array(FailureGroup),
  /** How many failed jobs were examined, newest first. */
  looked: count.describe('Failed jobs that were examined, newest first.'),
  /** True if older failed jobs were not examined. */
  capped: z.boolean().describe('There are older ones that were not examined.'),
});
export interface Failures extends z.infer<typeof Failures> {}

/** One event in the history of a job. */
export const HistoryEntry = z.strictObject({
  event: z.enum([
    ...JOB_EVENTS,
    'job_released',
    'job_snoozed',
    'job_waiting',
    'job_signalled',
    'job_requeued',
    'job_replaced',
    'job_limited',
  ]),
  /** ISO 8601 in UTC. */
  at: when,
  attempt: count,
  /** The state after it. */
  status: state,
  error: z.string().exactOptional(),
  reason: z.string().exactOptional(),
  worker: z.string().exactOptional(),
  /** Milliseconds the attempt took. */
  duration: milliseconds.exactOptional(),
  result: z.unknown().exactOptional(),
  by: z.string().exactOptional(),
});
export interface HistoryEntry extends z.infer<typeof HistoryEntry> {}

/** One run of a processor for a job. */
export const Attempt = z.strictObject({
  attempt: count,
  startedAt: when,
  finishedAt: when.nullable(),
  /** Milliseconds. */
  duration: milliseconds.nullable(),
  outcome: z.enum(['running', 'completed', 'retry', 'failed', 'cancelled', 'snoozed', 'released', 'crashed']),
  error: z.string().nullable(),
  stack: z.string().nullable(),
  worker: z.string().nullable(),
});
export interface Attempt extends z.infer<typeof Attempt> {}

export const History = z.strictObject({ events: z.array(HistoryEntry), attempts: z.array(Attempt) });
export interface History extends z.infer<typeof History> {}

/** A line that the processor wrote with `job.log`. */
export const LogLine = z.strictObject({
  attempt: count,
  at: when,
  level: z.enum(['debug', 'info', 'warn', 'error']),
  message: z.string(),
});
export interface LogLine extends z.infer<typeof LogLine> {}
export const LogLines = z.strictObject({ logs: z.array(LogLine) });

const STEP_STATE =
  'Uncertain: the attempt ended before it could record whether this was done. Asleep, waiting: until its time, or a signal. Sent: the signal has come.';

/** A step of a job (`job.once()`, `sleep()`, `waitFor()`), as shown with the job, without its result. */
export const Receipt = z.strictObject({
  key: z.string(),
  /** `pending`: in progress. `uncertain`: the attempt ended before it could record whether this was done. `sent`: the signal has come, perhaps before its wait. */
  state: z.enum(['pending', 'done', 'uncertain', 'asleep', 'waiting', 'sent']).describe(STEP_STATE),
  /** The attempt that wrote it. */
  attempt: count,
  /** ISO 8601 in UTC: when it was done or sent; else when it began. */
  at: when.describe('When it was done or sent; else when it began.'),
  /** Of one that sleeps or waits: when its time is up; null: never. */
  until: when.nullable().exactOptional().describe('When its time is over; null: never.'),
  /** Of one that waits: the JSON Schema of the data that it takes; null: any. */
  schema: z
    .record(z.string(), z.unknown())
    .nullable()
    .exactOptional()
    .describe('The JSON Schema of the data that the signal takes; null: any.'),
});
export interface Receipt extends z.infer<typeof Receipt> {}
export const Receipts = z.strictObject({ receipts: z.array(Receipt) });

export const WhyNot = z.strictObject({
  jobId: z.string(),
  status: state,
  /** One line that says why the job is not running (or that it is). */
  why: z.string().describe('Why the job is not running, in one line.'),
});
export interface WhyNot extends z.infer<typeof WhyNot> {}

export const JobView = z.strictObject({
  blocks: z.array(Block),
  /** Why blocks are missing; null if none are, even if the type has no view. */
  error: z.string().nullable().describe('Why blocks are missing.'),
});
export interface JobView extends z.infer<typeof JobView> {}

export const TypeMetrics = z.strictObject({
  total: count,
  pending: count,
  /** Those of `pending` that wait for their time or for a retry. */
  delayed: count.describe('Those of `pending` that wait for their time or for a retry.'),
  blocked: count,
  processing: count,
  completed: count,
  failed: count,
  cancelled: count,
  parked: count,
  /** Milliseconds, over all completed attempts. */
  avgProcessingTime: milliseconds.describe('Milliseconds, over all completed attempts.'),
});
export interface TypeMetrics extends z.infer<typeof TypeMetrics> {}

export const QueueMetrics = z.strictObject({
  ...TypeMetrics.shape,
  types: z.record(z.string(), TypeMetrics),
  /** Attempts whose processor ignored the signal to stop and is still running. */
  stuck: count.describe('Attempts whose processor ignored the signal to stop and is still running.'),
});
export interface QueueMetrics extends z.infer<typeof QueueMetrics> {}
