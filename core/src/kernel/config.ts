// Settings: one schema with names and defaults; all errors are reported together.
import { type FieldError, JobsError, token } from '@phraseworks/sdk';
import { BACKOFFS, errorText, LIMITS, unknownOptions } from '@phraseworks/sdk/host';
import { z } from 'zod';
import { keptFor, millisecondsOf } from './duration.ts';
import { child, keysOf, type Node } from './json-schema.ts';

/** `message`: what to say of any other text. */
export const matching = (pattern: RegExp, message: string) =>
  z.string().refine((text) => pattern.test(text), wrong(message));

const ms = (least: number) => z.number().int().min(least).max(31_622_400_000);

/** What to say of a value that is refined. */
export const wrong = (message: string) => ({ params: { message } });
export const time = z
  .union([z.number(), z.string()])
  .refine(
    (given) => (millisecondsOf(given) ?? 0) > 0,
    wrong('must be milliseconds, 1 or more, or text such as "2 days"'),
  );
const kept = z
  .union([z.number(), z.string(), z.literal(false)])
  .refine((given) => keptFor(given) !== undefined, wrong('must be milliseconds, text such as "30 days", or false'))
  .optional();

const timeOfWindow = z.union([z.number(), z.string()]).refine((given) => {
  const per = millisecondsOf(given) ?? 0;
  return per >= 100 && per <= 31_622_400_000;
}, wrong('must be milliseconds, at least 100, or text such as "1 minute", at most 366 days'));

/** How long a job may wait. */
export const DeadlineSchema = z.object({
  /** Cancels jobs that have not begun this long after they were added; `false`: they wait for ever. */
  expires: z.union([time, z.literal(false)]).optional(),
  /** Fails jobs whose next attempt would begin later than this after they were added. */
  giveUpAfter: time.optional(),
});

/** How long jobs are kept after their end, by how they ended. */
const RetentionSchema = z.strictObject({
  /** How long completed jobs are kept: milliseconds, text, or `false` for ever. */
  completed: kept,
  /** The same for failed jobs. */
  failed: kept,
  /** The same for cancelled jobs. */
  cancelled: kept,
});

/** Times in milliseconds. */
const QueueSchema = z.strictObject({
  /** Attempts at once in this process: its slots. */
  maxConcurrentJobs: z.number().int().min(1).max(1_000).default(5),
  /** Plugins and types that this process claims, `['email', 'thumbnail']`; all by default. The others wait for another process. */
  only: z.array(z.string().min(1).max(191)).min(1).max(100).optional(),
  /** Ready jobs, also of types that are held; more are refused with `QUEUE_FULL`. Callers over HTTP may fill nine tenths of it. */
  maxQueueSize: z.number().int().min(1).max(100_000_000).default(1_000),
  /** Delayed jobs and jobs that wait for a retry; more delayed jobs are refused with `QUEUE_FULL`. Callers over HTTP may fill nine tenths of it. */
  maxDelayedJobs: z.number().int().min(1).max(100_000_000).default(10_000),
  /** Retries after the first attempt. */
  defaultRetries: z.number().int().min(0).max(100).default(3),
  /** Between two attempts; at most 24 h after backoff. */
  defaultRetryDelay: ms(0).default(5_000),
  /** The longest time of one attempt. */
  jobTimeout: ms(1).default(300_000),
  /** Between two rounds of retention. */
  cleanupInterval: ms(1_000).default(3_600_000),
  /** How long finished jobs are kept whose state `retention` leaves out. */
  retentionPeriod: ms(0).default(86_400_000),
  retention: RetentionSchema.optional(),
  /** How long a claim is valid without a heartbeat of its process. */
  leaseDuration: ms(15_000).default(30_000),
  /** Between two checks for jobs whose worker died. */
  sweepInterval: ms(100).default(5_000),
  /** The longest pause between two checks for changes by other processes; by default 500 on SQLite, 1500 on MySQL and MariaDB. */
  pollInterval: ms(10).optional(),
  /** How long events are kept for clients that catch up. */
  eventRetention: ms(1_000).default(3_600_000),
});

export type QueueSettings = z.output<typeof QueueSchema>;

/** A path in the data of a job: `post`, `author.id`. */
export const DATA_PATH = /^[\p{L}\p{N}_-]+(?:\.[\p{L}\p{N}_-]+)*$/u;

const counted = z.number().int().min(1).max(1_000_000);

/** Over all processes. */
export const LimitSchema = z
  .strictObject({
    /** Jobs of types with `limit: '<name>'` that run at once. */
    concurrency: counted.optional(),
    rate: z
      .strictObject({
        /** Jobs that start, at most, in any time as long as `per`. */
        n: counted,
        /** Milliseconds from 100, or text such as `'1 minute'`. */
        per: timeOfWindow,
      })
      .optional(),
    /** A path in the data: the numbers count for each value by itself. */
    by: matching(DATA_PATH, "must be a path in the data, such as 'tenant'").optional(),
  })
  .refine(
    ({ concurrency, rate }) => concurrency !== undefined || rate !== undefined,
    wrong('needs concurrency or rate'),
  );

export const LimitName = matching(
  /^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,99}$/,
  'must be the name of a limit: letters, digits and "_.:/-", at most 100 characters',
);

/** Of a type: what its plugin registers, and what the configuration says instead. */
export const ProcessorSchema = z.strictObject({
  /** The longest time of one attempt. */
  timeout: ms(1).optional(),
  /** Retries after the first attempt. */
  maxRetries: z.number().int().min(0).max(LIMITS.retries).optional(),
  /** Between two attempts. */
  retryDelay: ms(0).optional(),
  /** `fixed`, `linear` or `exponential`. */
  retryBackoff: z.enum(BACKOFFS).optional(),
  /** Attempts at once in this process. */
  concurrency: z.number().int().min(1).max(1_000).optional(),
  /** Over all processes: the name of a limit, or its numbers. */
  limit: z.union([LimitName, LimitSchema]).optional(),
  ...DeadlineSchema.shape,
  retention: RetentionSchema.optional(),
});

export type ProcessorSettings = z.output<typeof ProcessorSchema>;

const LiveSchema = z.strictObject({
  /** WebSockets in this process. */
  maxConnections: z.number().int().min(1).max(1_000_000).default(10_000),
  /** WebSockets per user named by `authorize`; ten times as many per address for users without a name. */
  maxPerUser: z.number().int().min(1).max(1_000_000).default(50),
});

/** For schedules created at run time or over HTTP. */
const SchedulerSchema = z.strictObject({
  /** The shortest time between two runs of a schedule made or changed over HTTP. */
  minInterval: ms(1_000).default(10_000),
  /** Those made at run time or over HTTP, not those of the configuration and of plugins. */
  maxSchedules: z.number().int().min(1).max(500).default(100),
});

export const SettingsSchema = z.strictObject({
  queue: QueueSchema.prefault({}),
  processors: z.record(z.string(), ProcessorSchema).default({}),
  /** By their names. */
  limits: z.record(LimitName, LimitSchema).default({}),
  live: LiveSchema.prefault({}),
  scheduler: SchedulerSchema.prefault({}),
  /** What this process does. Without `worker` it only adds jobs; `[]` is for scripts beside the site. */
  roles: z.array(z.enum(['web', 'worker', 'scheduler'])).default(['web', 'worker', 'scheduler']),
  /** Where `jobs.routes` is mounted; used by `npm start` and `attachWebSocket`. */
  mountPath: matching(
    /^(\/[A-Za-z0-9._~-]+)*$/,
    "must be a path such as '/jobs', without a trailing slash, or empty",
  ).default('/jobs'),
  /** Where people reach `jobs.routes`, such as `https://cms.example.com/jobs`: for the links of `job.linkFor()`. */
  publicUrl: matching(
    /^https?:\/\/[^\s?#@]+(?<!\/)$/,
    'must be a URL such as "https://cms.example.com/jobs", without a trailing slash',
  ).optional(),
  /** Other origins, such as `https://cms.example.com`, whose pages may write and open the WebSocket. */
  allowedOrigins: z.array(z.string()).default([]),
});

export type Settings = z.output<typeof SettingsSchema>;
export const Settings = token<Settings>('core/settings');

/** Options of createJobs() that are not settings. */
export const OPTIONS: readonly string[] = [
  'database',
  'plugins',
  'schedules',
  'services',
  'storage',
  'uploads',
  'authorize',
  'default',
  'onPluginFailure',
  'baseDir',
  'log',
  'logLevel',
  'logFormat',
];

/** The keys that the settings know at `path`. */
function knownAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  const whole = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Node;
  const nodes = path.reduce(
    (at: readonly Node[], key) => child(at, typeof key === 'number' ? key : String(key)),
    [whole],
  );
  return [...keysOf(nodes), ...(schema === SettingsSchema && path.length === 0 ? OPTIONS : [])];
}

/** Messages name the wrong key but never repeat its value. */
function describe(schema: z.ZodType, issue: z.core.$ZodIssue): FieldError[] {
  const path = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    return unknownOptions(
      Object.fromEntries(issue.keys.map((key) => [key, true])),
      knownAt(schema, issue.path),
      path,
      'setting',
    );
  }
  if (issue.code === 'too_small') return [{ path, message: `must be at least ${issue.minimum}` }];
  if (issue.code === 'too_big') return [{ path, message: `must be at most ${issue.maximum}` }];
  if (issue.code === 'invalid_type')
    return [{ path, message: `must be ${issue.expected === 'int' ? 'a whole number' : `of type ${issue.expected}`}` }];
  if (issue.code === 'invalid_union') {
    // The alternative that the value was meant to be, whose mistakes are inside of it.
    const meant = issue.errors.find((mistakes) =>
      mistakes.every(({ code, path: at }) => at.length > 0 || code !== 'invalid_type'),
    );
    if (meant) return meant.flatMap((one) => describe(schema, { ...one, path: [...issue.path, ...one.path] }));
  }
  if (issue.code === 'invalid_value')
    return [{ path, message: `must be one of ${issue.values.map(String).join(', ')}` }];
  const { message } = (issue.code === 'custom' && issue.params) || {};
  if (typeof message === 'string') return [{ path, message }];
  return [{ path, message: 'is not valid' }];
}

/** All mistakes in `input`, which is checked as it is. */
export const mistakesIn = (schema: z.ZodType, input: unknown): FieldError[] =>
  schema.safeParse(input).error?.issues.flatMap((issue) => describe(schema, issue)) ?? [];

/** One error that lists all wrong keys. */
export const invalidConfig = (errors: readonly FieldError[]): JobsError =>
  new JobsError(
    'INVALID_CONFIG',
    `Invalid configuration:\n${errors.map((error) => `  ${errorText(error)}`).join('\n')}`,
    { errors },
  );

/** Runs all checks before it throws, so that all errors are reported together. */
export function checkAll(...checks: readonly (() => unknown)[]): void {
  const errors: FieldError[] = [];
  for (const check of checks) {
    try {
      check();
    } catch (error) {
      if (!(error instanceof JobsError) || error.errors.length === 0) throw error;
      errors.push(...error.errors);
    }
  }
  if (errors.length > 0) throw invalidConfig(errors);
}

/** Throws one `INVALID_CONFIG` that lists all wrong keys. */
export function readSettings<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const parsed = schema.safeParse(input);
  if (!parsed.success) throw invalidConfig(parsed.error.issues.flatMap((issue) => describe(schema, issue)));
  return parsed.data;
}

export const resolveSettings = (input: unknown): Settings => readSettings(SettingsSchema, input);
