// Response schemas for jobs. They type the routes and describe the API; a test checks real responses against them.
import { z } from 'zod';
import { PRIORITIES, ProgressBody, STATES } from './requests.ts';

export const when = z.iso.datetime().describe('ISO 8601 in UTC.');
const count = z.int().min(0);
const milliseconds = z.number().min(0);
const state = z.enum(STATES);

const SECRETS = 'Secrets are masked unless the caller may operate.';

export const JobAnswer = z.strictObject({
  id: z.string(),
  type: z.string(),
  plugin: z.string().nullable(),
  status: state,
  priority: z.enum(PRIORITIES),
  data: z.unknown().describe(SECRETS),
  summary: z.string().nullable(),
  result: z.unknown().describe(SECRETS),
  error: z.string().nullable().describe('The message of the last error.'),
  message: z.string().nullable().describe('Message that the processor returned with its result.'),
  reason: z.string().nullable().describe('Why it is parked, or why it ended without a result.'),
  progress: ProgressBody.nullable(),
  attempt: count.describe('The number of the current or last attempt, from 1; 0 before the first.'),
  crashes: count,
  maxRetries: count,
  retryDelay: milliseconds,
  retryBackoff: z.enum(['fixed', 'linear', 'exponential']),
  timeout: milliseconds,
  worker: z.string().nullable(),
  schedule: z.string().nullable(),
  metrics: z.record(z.string(), z.unknown()).nullable(),
  createdAt: when,
  runAt: when.nullable(),
  startedAt: when.nullable(),
  finishedAt: when.nullable(),
  dataBytes: count
    .optional()
    .describe('In a list: the size of `data`, which is omitted because it is large; get the job to read it.'),
  resultBytes: count.optional().describe('In a list: the size of `result`, which is omitted because it is large.'),
});

export const AddAnswer = z.union([JobAnswer, z.array(JobAnswer)]);

export const JobPageAnswer = z.strictObject({
  jobs: z.array(JobAnswer),
  nextCursor: z.string().nullable(),
  capped: z.boolean().describe('The search reached its limit before it had examined all jobs.'),
});

export const FailuresAnswer = z.strictObject({
  failures: z.array(
    z.strictObject({
      type: z.string(),
      cause: z.string().describe('The first line of the error, with `#` for numbers.'),
      jobs: count,
      newest: z.strictObject({ id: z.string(), at: when }),
    }),
  ),
  looked: count.describe('Failed jobs that were examined, newest first.'),
  capped: z.boolean().describe('There are older ones that were not examined.'),
});

const entry = z.strictObject({
  event: z.string(),
  at: when,
  attempt: count,
  status: state,
  error: z.string().optional(),
  reason: z.string().optional(),
  worker: z.string().optional(),
  duration: milliseconds.optional(),
  result: z.unknown().optional(),
  by: z.string().optional(),
});

const attempt = z.strictObject({
  attempt: count,
  startedAt: when,
  finishedAt: when.nullable(),
  duration: milliseconds.nullable(),
  outcome: z.enum(['running', 'completed', 'retry', 'failed', 'cancelled', 'snoozed', 'released', 'crashed']),
  error: z.string().nullable(),
  stack: z.string().nullable(),
  worker: z.string().nullable(),
});

export const HistoryAnswer = z.strictObject({ events: z.array(entry), attempts: z.array(attempt) });

export const LogsAnswer = z.strictObject({
  logs: z.array(
    z.strictObject({
      attempt: count,
      at: when,
      level: z.enum(['debug', 'info', 'warn', 'error']),
      message: z.string(),
    }),
  ),
});

export const ReceiptsAnswer = z.strictObject({
  receipts: z.array(
    z.strictObject({
      key: z.string(),
      state: z
        .enum(['pending', 'done', 'uncertain'])
        .describe('Uncertain: the attempt ended before it could record whether this was done.'),
      attempt: count,
      at: when.describe('When it was done; if uncertain, when it began.'),
    }),
  ),
});

export const WhyAnswer = z.strictObject({
  jobId: z.string(),
  status: state,
  why: z.string().describe('Why the job is not running, in one line.'),
});

const typeMetrics = {
  total: count,
  pending: count,
  delayed: count.describe('Those of `pending` that wait for their time or for a retry.'),
  processing: count,
  completed: count,
  failed: count,
  cancelled: count,
  parked: count,
  avgProcessingTime: milliseconds.describe('Milliseconds, over all completed attempts.'),
};

export const MetricsAnswer = z.strictObject({
  ...typeMetrics,
  types: z.record(z.string(), z.strictObject(typeMetrics)),
  stuck: count.describe('Attempts whose processor ignored the signal to stop and is still running.'),
});
