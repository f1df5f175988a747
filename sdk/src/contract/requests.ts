// What callers send.
import { z } from 'zod';
import { BACKOFFS, FILTER_STATES, JOB_SORTS, LIMITS, PRIORITIES } from '../options.ts';

const word = z.string().min(1).max(190);

const CONTROLS = 'must be valid Unicode without control characters';

/** Content of the site, such as a post. */
export const Content = z.strictObject({
  /** `post`, `media`: a letter, then letters, digits and `_.-`, at most 40 characters. */
  kind: z.string().regex(/^[A-Za-z][A-Za-z0-9_.-]{0,39}$/),
  /** A whole number, or text of at most 140 characters; in a job always text. */
  id: z.union([
    z.int(),
    z
      .string()
      .min(1)
      .max(140)
      .refine((text) => !/[\p{Cc}\p{Cs}]/u.test(text), { params: { message: CONTROLS } }),
  ]),
});
export interface Content extends z.infer<typeof Content> {}

/** All times in milliseconds. */
export const RetryOptions = z.strictObject({
  /** Retries after the first attempt; 3 by default. */
  maxRetries: z.int().min(0).max(LIMITS.retries).exactOptional(),
  /** Milliseconds between two attempts; 5000 by default. */
  retryDelay: z.int().min(0).max(LIMITS.retryDelay).exactOptional(),
  /** `fixed` (default), `linear` (retryDelay * attempt) or `exponential` (retryDelay * 2^(attempt-1)); at most 24 h, plus up to 10 %. */
  retryBackoff: z.enum(BACKOFFS).exactOptional(),
  /** Milliseconds one attempt may take before its signal fires; 300000 by default. */
  timeout: z.int().min(1).max(LIMITS.timeout).exactOptional(),
});
export interface RetryOptions extends z.infer<typeof RetryOptions> {}

const duration = z.union([z.int().min(1), z.string().max(20)]);

/** Milliseconds, or text: `'30 seconds'`, `'2 minutes'`, `'1h'`. */
export const DeadlineOptions = z.strictObject({
  /**
   * A job that has not begun this long after it was added is cancelled with the reason `expired`. `false`: it waits for ever, also as the run
   * of a schedule, which by default expires at the next run.
   */
  expires: z
    .union([duration, z.literal(false)])
    .exactOptional()
    .describe(
      'A job that has not begun this long after it was added is cancelled: milliseconds, or text such as `1h`.',
    ),
  /** No attempt begins this long after the job was added, except the first one: it fails instead, with its last error. */
  giveUpAfter: duration
    .exactOptional()
    .describe(
      'No retry begins this long after the job was added; it fails instead: milliseconds, or text such as `2d`.',
    ),
});
export interface DeadlineOptions extends z.infer<typeof DeadlineOptions> {}

/** A job to be added, of any type; `NewJob` in job.ts knows the data of each type. */
export const NewJobFields = z.strictObject({
  type: z.string().min(1).max(100),
  data: z.nonoptional(z.unknown()),
  /** `urgent` runs first, `low` last. Default `normal`. */
  priority: z.enum(PRIORITIES).exactOptional(),
  /** Milliseconds to wait before the first attempt; 0 by default. */
  delay: z.int().min(0).max(LIMITS.delay).exactOptional(),
  /** The same key with the same type and data returns the first job; with other data it is refused. */
  idempotencyKey: word.exactOptional(),
  /** Instead of the one that its type makes of its data; the type must have keys. */
  key: word.exactOptional(),
  /** The content that it is about, `{ kind: 'post', id: 17 }`: lists filter by it, and `cancelAbout()` cancels all jobs about it. */
  about: Content.exactOptional().describe('The content that it is about, such as `{ "kind": "post", "id": 17 }`.'),
  /** Ids of jobs that have to end before it runs, at most 1,000. */
  after: z.array(word).min(1).max(1_000).exactOptional().describe('Ids of jobs that have to end before it runs.'),
  /** If one of those fails or is cancelled: `cancel` this one, too (default), or `run` it all the same. */
  onFailed: z
    .enum(['cancel', 'run'])
    .exactOptional()
    .describe('If one of those fails or is cancelled: `cancel` this one, too (default), or `run` it all the same.'),
  ...RetryOptions.shape,
  ...DeadlineOptions.shape,
});
export interface NewJobFields extends z.infer<typeof NewJobFields> {}
export const NewJobList = z.array(NewJobFields).min(1).max(LIMITS.jobsAtOnce);
export const NewJobs = z.union([NewJobFields, NewJobList]);

export const RetryChange = z.strictObject({ data: z.unknown().exactOptional() });

export const SentSignal = z.strictObject({
  data: z.unknown().exactOptional().describe('`true` by default; not null.'),
});

/** Progress of a running job. */
export const Progress = z.strictObject({
  /** 0 to 100. */
  percentage: z.number().min(0).max(100),
  processed: z.number().min(0).exactOptional(),
  total: z.number().min(0).exactOptional(),
  message: z.string().max(500).exactOptional(),
});
export interface Progress extends z.infer<typeof Progress> {}

const BulkFilter = z.strictObject({
  status: z
    .union([z.enum(FILTER_STATES), z.array(z.enum(FILTER_STATES)).min(1)])
    .exactOptional()
    .describe('By default, all states that the action applies to.'),
  type: word.exactOptional(),
  plugin: word.exactOptional(),
  /** The schedule that added it: `plugin/name`. */
  schedule: word.exactOptional(),
  /** Of this key; needs `type`. */
  key: word.exactOptional().describe('Of this key; needs `type`.'),
  /** About this content: `post:17`. */
  about: word.exactOptional().describe('About this content: `post:17`.'),
  /** All words must match: `type:email`, `plugin:image`, `status:failed`, `about:post:17`, `error:timeout`, `data.to:ada`, `id:3f2a`, and text. Searches 10,000 jobs. */
  q: z.string().max(200).exactOptional(),
  /** Added at or after; milliseconds since 1970. */
  from: z.int().min(0).exactOptional().describe('Added at or after, in milliseconds since 1970.'),
  /** Added before. */
  to: z.int().min(0).exactOptional().describe('Added before, in milliseconds since 1970.'),
  /** Ended at or after; only jobs that have ended. */
  endedFrom: z.int().min(0).exactOptional().describe('Ended at or after, in milliseconds since 1970.'),
  /** Ended before. */
  endedTo: z.int().min(0).exactOptional().describe('Ended before, in milliseconds since 1970.'),
});

/** Which jobs to delete: all of them have to be meant. */
export const DeleteFilter = BulkFilter.refine(
  (filter) => Object.entries(filter).some(([name, value]) => name !== 'q' || /\S/.test(String(value))),
  { params: { message: 'must not be empty: to delete all jobs, name the states' } },
);

/** One action on all jobs that match. */
export const BulkRequest = z.strictObject({
  /** `retry`: finished jobs; `cancel`: waiting and running ones; `run`: waiting ones; `delete`: all that do not run. */
  action: z.enum(['retry', 'cancel', 'run', 'delete']),
  /** Without `status`: all states that the action applies to. */
  filter: BulkFilter,
});
export interface BulkRequest extends z.infer<typeof BulkRequest> {}
export type BulkAction = BulkRequest['action'];

export const MissedRuns = z.union([z.literal('skip'), z.literal('once'), z.strictObject({ all: z.int().min(1) })]);
/** Runs missed while no process was running: skip all, run once (default), or run each, at most `all`. */
export type MissedRuns = z.infer<typeof MissedRuns>;

const pattern = z.string().min(1).max(100);
export const ScheduleOptions = z.strictObject({
  /** IANA name; UTC by default. */
  timezone: z.string().min(1).max(100).exactOptional(),
  missed: MissedRuns.exactOptional(),
});
export interface ScheduleOptions extends z.infer<typeof ScheduleOptions> {}

/** Its jobs are added at any time, so they wait for no others. */
export const ScheduledFields = NewJobFields.omit({ after: true, onFailed: true });
export interface ScheduledFields extends z.infer<typeof ScheduledFields> {}

const times = { schedule: pattern, ...ScheduleOptions.shape };
export const NamedSchedule = z.strictObject({ name: word, jobData: ScheduledFields, ...times });
export const FlatSchedule = z.strictObject({ name: word.exactOptional(), ...times, ...ScheduledFields.shape });
/** Both forms: with the job as `jobData`, or beside the schedule. */
export const NewSchedule = z.union([NamedSchedule, FlatSchedule]);

/** Omitted fields keep their value. */
export const ScheduleChange = z.strictObject({
  ...times,
  schedule: pattern.exactOptional(),
  jobData: ScheduledFields.exactOptional(),
});
export interface ScheduleChange extends z.infer<typeof ScheduleChange> {}

export const DisableOptions = z.strictObject({
  /** `drain` (default) gives running jobs `timeout` to finish, then aborts and releases them; `abort` does so at once. */
  running: z.enum(['drain', 'abort']).exactOptional(),
  /** Milliseconds; 30000 by default. */
  timeout: z.int().min(0).max(3_600_000).exactOptional(),
});
export interface DisableOptions extends z.infer<typeof DisableOptions> {}

export const PluginChange = z.record(z.string(), z.unknown());

export const NewPause = z.strictObject({
  kind: z.enum(['type', 'plugin']),
  name: word.describe('A type or a plugin; a pause also skips the runs of its schedules.'),
  /** Milliseconds, at most 366 days, after which a worker ends it, to within half a minute; without it, it lasts until it is resumed. */
  duration: z
    .int()
    .min(1)
    .max(LIMITS.pause)
    .exactOptional()
    .describe('Milliseconds after which it resumes by itself; by default, it lasts until it is resumed.'),
  /** For everybody who sees the pause. */
  reason: z.string().max(500).exactOptional().describe('Shown to everybody who sees the pause.'),
});
export interface NewPause extends z.infer<typeof NewPause> {}

/** The numbers of a limit: null takes one away, an omitted one stays. */
export const LimitChange = z.strictObject({
  concurrency: z.int().min(1).max(1_000_000).nullable().exactOptional().describe('Jobs that run at once.'),
  rate: z
    .strictObject({
      n: z.int().min(1).max(1_000_000),
      /** Milliseconds. */
      per: z.int().min(100).max(LIMITS.pause).describe('Milliseconds.'),
    })
    .nullable()
    .exactOptional()
    .describe('At most `n` jobs start in any time as long as `per`.'),
  /** Opens what jobs have closed. */
  closedUntil: z.null().exactOptional().describe('Null: open it now.'),
});
export interface LimitChange extends z.infer<typeof LimitChange> {}

// The queries of addresses, where everything is text.

const TIME = 'must be ISO 8601 with a time zone, or milliseconds since 1970';
const DIGITS = /^\d{1,15}$/;
const isoTime = z.iso.datetime({ offset: true }).pipe(z.coerce.date());
const time = z
  .string()
  .refine((text) => DIGITS.test(text) || isoTime.safeParse(text).success, { params: { message: TIME } })
  .transform((text) => (DIGITS.test(text) ? Number(text) : isoTime.parse(text).getTime()));

/** A whole number from 1 to `most`. */
const upTo = (most: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number)
    .pipe(z.int().min(1).max(most));
const limit = upTo(LIMITS.page).exactOptional().describe(`Default 50, maximum ${LIMITS.page}.`);

export const CronQuery = z.strictObject({ schedule: pattern, timezone: times.timezone });
export const FailuresQuery = z.strictObject({ from: time.exactOptional().describe('Failed at or after.') });
export const LogQuery = z.strictObject({
  limit,
  before: z.string().regex(DIGITS).transform(Number).exactOptional().describe('`nextBefore` of the previous page.'),
  action: word.exactOptional().describe('Only this action: `retryJob`.'),
  q: z.string().max(200).exactOptional().describe('Only entries with this text in their user, target or detail.'),
});
/** What of the audit log to list. */
export interface LogQuery extends z.infer<typeof LogQuery> {}

export const ListQuery = z.strictObject({
  status: z
    .array(z.enum(FILTER_STATES))
    .exactOptional()
    .describe('Repeated, or separated by commas. `ready` and `delayed` are the two parts of `pending`.'),
  type: word.exactOptional().describe('Jobs of this type.'),
  plugin: word.exactOptional().describe('Jobs of this plugin.'),
  schedule: word.exactOptional().describe('Jobs added by this schedule: `plugin/name`, or only the name.'),
  key: word.exactOptional().describe('Jobs of this key; needs `type`.'),
  about: word.exactOptional().describe('Jobs about this content: `post:17`.'),
  ids: z
    .array(word)
    .max(LIMITS.ids)
    .exactOptional()
    .describe(`Only these jobs, at most ${LIMITS.ids}; separated by commas.`),
  q: z
    .string()
    .max(200)
    .exactOptional()
    .describe(
      'All words must match: `type:email`, `plugin:image`, `status:failed`, `about:post:17`, `error:timeout`, `data.to:ada`, `id:3f2a`, text.',
    ),
  from: time.exactOptional().describe('Added at or after: ISO 8601 with a time zone, or milliseconds since 1970.'),
  to: time.exactOptional().describe('Added before.'),
  endedFrom: time.exactOptional().describe('Ended at or after; only jobs that have ended.'),
  endedTo: time.exactOptional().describe('Ended before.'),
  sort: z
    .enum(JOB_SORTS)
    .exactOptional()
    .describe(
      '`newest` first by default, `oldest` first, `due`: only delayed jobs, the soonest first, or `ended`: only those that have ended, the last first, which is the order with `endedFrom` and `endedTo`.',
    ),
  limit,
  cursor: z
    .string()
    .max(500)
    .exactOptional()
    .describe('`nextCursor` of the previous page, which must have the same `sort`.'),
  offset: z
    .string()
    .regex(/^\d{1,5}$/)
    .transform(Number)
    .pipe(z.int().max(LIMITS.offset))
    .exactOptional()
    .describe(`Instead of \`cursor\`: so many jobs are skipped, at most ${LIMITS.offset}.`),
  total: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .exactOptional()
    .describe('`true`: the page has `total`, the number of matching jobs, counted up to 10,000.'),
});

/** Pages of a panel's table. */
const MOST_PAGES = 1_000_000;

export const BatchesQuery = z.strictObject({
  limit,
  cursor: z.string().max(100).exactOptional().describe('`nextCursor` of the previous page.'),
});
export const BatchJobsQuery = z.strictObject({
  status: z
    .enum(['open', 'completed', 'failed', 'cancelled'])
    .exactOptional()
    .describe('Only jobs that ended like this; `open`: those that have not ended.'),
  limit,
  cursor: z.string().max(100).exactOptional().describe('`nextCursor` of the previous page.'),
});

export const PanelQuery = z.strictObject({
  page: upTo(MOST_PAGES).exactOptional().describe('The page of its table, from 1.'),
});
