// The schemas of requests: they validate requests and describe the API.
import type { JobSort, JobState, JobStateFilter, Priority, Schema } from '@phraseworks/sdk';
import { z } from 'zod';

export const STATES = [
  'pending',
  'processing',
  'completed',
  'failed',
  'cancelled',
  'parked',
] as const satisfies readonly JobState[];
const FILTER_STATES = [
  'pending',
  'ready',
  'delayed',
  'processing',
  'completed',
  'failed',
  'cancelled',
  'parked',
] as const satisfies readonly JobStateFilter[];
export const PRIORITIES = ['urgent', 'high', 'normal', 'low'] as const satisfies readonly Priority[];
const SORTS = ['newest', 'oldest', 'due'] as const satisfies readonly JobSort[];
/** Ids in one list. */
const MOST_IDS = 100;

/** Jobs in one list. */
const MAX_LIST = 1_000;
/** Jobs in one page. */
const MAX_PAGE = 200;

const DAY = 86_400_000;
const YEAR = 366 * DAY;
/** Milliseconds that a pause may last. */
const MOST_PAUSE = YEAR;

const word = z.string().min(1).max(190);
const given = z.nonoptional(z.unknown());

const retryOptions = {
  maxRetries: z.int().min(0).max(100).optional(),
  retryDelay: z.int().min(0).max(DAY).optional(),
  retryBackoff: z.enum(['fixed', 'linear', 'exponential']).optional(),
  timeout: z.int().min(1).max(DAY).optional(),
};

const newJob = {
  type: z.string().min(1).max(100),
  data: given,
  priority: z.enum(PRIORITIES).optional(),
  delay: z.int().min(0).max(YEAR).optional(),
  idempotencyKey: word.optional(),
  ...retryOptions,
};
export const NewJob = z.strictObject(newJob);
const NewJobList = z.array(NewJob).min(1).max(MAX_LIST);
export const AddBody = z.union([NewJob, NewJobList]);
export type AddInput = z.infer<typeof AddBody>;

export const RetryBody = z.strictObject({ data: z.unknown().optional() });
export const ProgressBody = z.strictObject({
  percentage: z.number().min(0).max(100),
  processed: z.number().min(0).optional(),
  total: z.number().min(0).optional(),
  message: z.string().max(500).optional(),
});

const times = {
  schedule: z.string().min(1).max(100),
  timezone: z.string().min(1).max(100).optional(),
  missed: z.union([z.literal('skip'), z.literal('once'), z.strictObject({ all: z.int().min(1) })]).optional(),
};
const NamedSchedule = z.strictObject({ name: word, jobData: NewJob, ...times });
const FlatSchedule = z.strictObject({ name: word.optional(), ...times, ...newJob });
export const ScheduleBody = z.union([NamedSchedule, FlatSchedule]);
export type ScheduleInput = z.infer<typeof ScheduleBody>;

export const CronQuery = z.strictObject({ schedule: times.schedule, timezone: times.timezone });

/** Omitted fields keep their value. */
export const ScheduleChangeBody = z.strictObject({
  ...times,
  schedule: times.schedule.optional(),
  jobData: NewJob.optional(),
});

export const DisableBody = z.strictObject({
  running: z.enum(['drain', 'abort']).optional(),
  timeout: z.int().min(0).max(3_600_000).optional(),
});
export const PauseBody = z.strictObject({
  kind: z.enum(['type', 'plugin']),
  name: word.describe('A type or a plugin; a pause also skips the runs of its schedules.'),
  duration: z
    .int()
    .min(1)
    .max(MOST_PAUSE)
    .optional()
    .describe('Milliseconds after which it resumes by itself; by default, it lasts until it is resumed.'),
  reason: z.string().max(500).optional().describe('Shown to everybody who sees the pause.'),
});
export const ConfigBody = z.record(z.string(), z.unknown());

/** A union would only report that no variant matches; the schema of the intended variant reports each wrong field. */
export const addForm = (input: unknown): Schema<unknown, AddInput> => (Array.isArray(input) ? NewJobList : NewJob);
export const scheduleForm = (input: unknown): Schema<unknown, ScheduleInput> =>
  typeof input === 'object' && input !== null && 'jobData' in input ? NamedSchedule : FlatSchedule;

const TIME = 'must be ISO 8601 with a time zone, or milliseconds since 1970';
const DIGITS = /^\d{1,15}$/;
const isoTime = z.iso.datetime({ offset: true }).pipe(z.coerce.date());
const time = z
  .string()
  .refine((text) => DIGITS.test(text) || isoTime.safeParse(text).success, { params: { message: TIME } })
  .transform((text) => (DIGITS.test(text) ? Number(text) : isoTime.parse(text).getTime()));

const BulkFilter = z.strictObject({
  status: z
    .union([z.enum(FILTER_STATES), z.array(z.enum(FILTER_STATES)).min(1)])
    .optional()
    .describe('By default, all states that the action applies to.'),
  type: word.optional(),
  plugin: word.optional(),
  schedule: word.optional(),
  q: z.string().max(200).optional(),
  from: z.int().min(0).optional().describe('Added at or after, in milliseconds since 1970.'),
  to: z.int().min(0).optional().describe('Added before, in milliseconds since 1970.'),
});

/** One action on all jobs that match. */
export const BulkBody = z.strictObject({ action: z.enum(['retry', 'cancel', 'run', 'delete']), filter: BulkFilter });

/** A whole number from 1 to `most`, as part of an address. */
const upTo = (most: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number)
    .pipe(z.int().min(1).max(most));

export const FailuresQuery = z.strictObject({ from: time.optional().describe('Failed at or after.') });

export const LogQuery = z.strictObject({
  limit: upTo(MAX_PAGE).optional().describe(`Default 50, maximum ${MAX_PAGE}.`),
  before: z.string().regex(DIGITS).transform(Number).optional().describe('`nextBefore` of the previous page.'),
});

export const ListQuery = z.strictObject({
  status: z
    .array(z.enum(FILTER_STATES))
    .optional()
    .describe('Repeated, or separated by commas. `ready` and `delayed` are the two parts of `pending`.'),
  type: word.optional().describe('Jobs of this type.'),
  plugin: word.optional().describe('Jobs of this plugin.'),
  schedule: word.optional().describe('Jobs added by this schedule: `plugin/name`, or only the name.'),
  ids: z.array(word).max(MOST_IDS).optional().describe(`Only these jobs, at most ${MOST_IDS}; separated by commas.`),
  q: z
    .string()
    .max(200)
    .optional()
    .describe(
      'All words must match: `type:email`, `plugin:image`, `status:failed`, `error:timeout`, `data.to:ada`, `id:3f2a`, text.',
    ),
  from: time.optional().describe('Added at or after: ISO 8601 with a time zone, or milliseconds since 1970.'),
  to: time.optional().describe('Added before.'),
  sort: z
    .enum(SORTS)
    .optional()
    .describe('`newest` first by default, `oldest` first, or `due`: only delayed jobs, the soonest first.'),
  limit: upTo(MAX_PAGE).optional().describe(`Default 50, maximum ${MAX_PAGE}.`),
  cursor: z
    .string()
    .max(500)
    .optional()
    .describe('`nextCursor` of the previous page, which must have the same `sort`.'),
});

/** Pages of a panel's table. */
const MOST_PAGES = 1_000_000;

export const PanelQuery = z.strictObject({
  page: upTo(MOST_PAGES).optional().describe('The page of its table, from 1.'),
});
