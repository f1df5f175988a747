// Batches of jobs, and what waits for what.
import { z } from 'zod';
import { JOB_STATES } from '../options.ts';
import { count, when } from './jobs.ts';

/** How the jobs of a batch have ended; the others have not. */
export const BatchCounts = z.strictObject({ total: count, completed: count, failed: count, cancelled: count });
export interface BatchCounts extends z.infer<typeof BatchCounts> {}

export const BATCH_STATES = ['open', 'running', 'completed', 'failed', 'cancelled'] as const;

const Callback = z.strictObject({
  on: z.enum(['end', 'success', 'failure']),
  type: z.string(),
  /** Null until it was added. */
  jobId: z.string().nullable().describe('Null until it was added.'),
});

/** A batch as it was when it was read. Times are ISO 8601 in UTC. */
export const BatchInfo = z.strictObject({
  id: z.string(),
  name: z.string(),
  /** The plugin that added it; null: the application. */
  plugin: z.string().nullable(),
  data: z.unknown(),
  /** `open`: jobs may be added; `running`: it is closed and has not ended. It ends as `failed` if a job failed, else as `cancelled` if one was. */
  status: z.enum(BATCH_STATES).describe('`open`: jobs may be added; `running`: it is closed and has not ended.'),
  counts: BatchCounts,
  callbacks: z.array(Callback),
  /** Why a callback could not be added yet; it is tried again. */
  error: z.string().nullable().describe('Why a callback could not be added yet; it is tried again.'),
  /** What is being done to all its jobs. */
  task: z.enum(['cancel', 'retry']).nullable().describe('What is being done to all its jobs.'),
  createdAt: when,
  endedAt: when.nullable(),
});
export interface BatchInfo extends z.infer<typeof BatchInfo> {}

export const BatchPage = z.strictObject({
  /** Newest first. */
  batches: z.array(BatchInfo),
  nextCursor: z.string().nullable(),
});
export interface BatchPage extends z.infer<typeof BatchPage> {}

const LinkedJob = z.strictObject({
  id: z.string(),
  type: z.string(),
  status: z.enum(JOB_STATES),
  /** Of a graph: the name of the job before. */
  name: z.string().nullable().describe('Of a graph: the name of the job before.'),
  /** What becomes of the later job if the one before fails or is cancelled. */
  onFailed: z.enum(['cancel', 'run']).describe('What becomes of the later job if the one before does not complete.'),
});
export interface LinkedJob extends z.infer<typeof LinkedJob> {}

/** What a job waits for, and what waits for it: the first 100 of each. Jobs that the caller may not see are left out. */
export const JobLinks = z.strictObject({
  before: z.array(LinkedJob),
  next: z.array(LinkedJob),
  /** The batches that it belongs to. */
  batches: z.array(z.strictObject({ id: z.string(), name: z.string() })),
});
export interface JobLinks extends z.infer<typeof JobLinks> {}
