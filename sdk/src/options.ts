// The options of jobs, and the limits of what callers may ask for: each is written here once, for the contract and for the core.

/** `urgent` runs first, `low` last. Default `normal`. */
export const PRIORITIES = ['urgent', 'high', 'normal', 'low'] as const;
export type Priority = (typeof PRIORITIES)[number];

export const JOB_STATES = ['pending', 'blocked', 'processing', 'completed', 'failed', 'cancelled', 'parked'] as const;
/** `pending` covers jobs that are ready, delayed or waiting for a retry. `blocked` jobs wait for another job of their key. */
export type JobState = (typeof JOB_STATES)[number];

/** To filter by: also the two parts of `pending`. `delayed` jobs wait for their time or for a retry. */
export const FILTER_STATES = [
  'pending',
  'ready',
  'delayed',
  'blocked',
  'processing',
  'completed',
  'failed',
  'cancelled',
  'parked',
] as const;
export type JobStateFilter = (typeof FILTER_STATES)[number];

/** The order of a list. `due`: only delayed jobs, the soonest first; `ended`: only those that have ended, the last first. */
export const JOB_SORTS = ['newest', 'oldest', 'due', 'ended'] as const;
export type JobSort = (typeof JOB_SORTS)[number];

export const BACKOFFS = ['fixed', 'linear', 'exponential'] as const;
export type Backoff = (typeof BACKOFFS)[number];

export const JOB_EVENTS = [
  'job_added',
  'job_started',
  'job_progress',
  'job_completed',
  'job_failed',
  'job_retry',
  'job_cancelled',
] as const;
export type JobEventName = (typeof JOB_EVENTS)[number];

const DAY = 86_400_000;

/** Times in milliseconds. */
export const LIMITS = {
  /** Of a job. */
  delay: 366 * DAY,
  retries: 100,
  retryDelay: DAY,
  timeout: DAY,
  /** Of a pause. */
  pause: 366 * DAY,
  /** Jobs that are added together, on one page, and named in a filter. */
  jobsAtOnce: 1_000,
  page: 200,
  ids: 100,
  /** Jobs that a page can skip. */
  offset: 10_000,
} as const;
