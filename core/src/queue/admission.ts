// Checks a job that is added and makes its row, and builds the errors for jobs that are refused or cannot be retried.
import { createHash } from 'node:crypto';
import {
  type FieldError,
  JobsError,
  type NewJob,
  type ParkReason,
  type Parsed,
  type Progress,
  type Schema,
  token,
} from '@phraseworks/sdk';
import { Content, NewJobFields } from '@phraseworks/sdk/contract';
import { errorText, parseNow, unknownFields } from '@phraseworks/sdk/host';
import { z } from 'zod';
import { nameOfContent } from '../job/content.ts';
import { targetOf } from '../job/lifecycle.ts';
import { AFTER } from '../job/link.ts';
import { type Deadline, type JobRecord, type RememberedOptions, rank } from '../job/record.ts';
import { Clock, withTimeout } from '../kernel/clock.ts';
import { DeadlineSchema, matching, mistakesIn, type QueueSettings, Settings, wrong } from '../kernel/config.ts';
import { Needing } from '../kernel/container.ts';
import { millisecondsOf } from '../kernel/duration.ts';
import { messageOf } from '../kernel/errors.ts';
import { readFields } from '../kernel/fields.ts';
import { Ids, isId } from '../kernel/id.ts';
import { canonicalJson, DATA_LIMITS, decodeJson, encodeJson } from '../kernel/json.ts';
import { Log, type Logger } from '../kernel/logger.ts';
import type { Addition } from '../store/job-writes.ts';
import type { QueueSize } from '../store/shared-statements.ts';
import { deadlineOf, neverBegins } from './deadlines.ts';
import { keyOf } from './keys/unique.ts';
import { limitedOf } from './limits/known.ts';
import { FIRST_VERSION, TypeRegistry } from './registry.ts';

export function refusal(errors: readonly FieldError[], tooLarge: boolean): JobsError {
  const text = errors.slice(0, 20).map(errorText).join('; ');
  return new JobsError(tooLarge ? 'PAYLOAD_TOO_LARGE' : 'INVALID_DATA', text, { errors: errors.slice(0, 100) });
}

/** The errors of refused data. Only the process's log says what a broken schema threw, since that may quote the data. */
export function dataErrors(
  type: string,
  { errors, thrown }: Extract<Parsed<unknown>, { ok: false }>,
  log: Logger,
): FieldError[] {
  if (thrown !== undefined) log.error(`The schema of "${type}" threw: ${messageOf(thrown)}`);
  return errors;
}

const ONLY_GIVEN =
  ' after it was stored as JSON: let the schema accept what JSON gives back, such as text for a date (z.coerce.date())';

const neverAnswers = (type: string): JobsError =>
  new JobsError(
    'UNAVAILABLE',
    `The schema of "${type}" did not answer within ${SCHEMA_LIMIT / 1_000} s: look for a check in it that never ends.`,
  );

export const conflict = (path: string): JobsError =>
  new JobsError(
    'IDEMPOTENCY_CONFLICT',
    'This idempotency key already belongs to a job with a different type or different data.',
    { errors: [{ path, message: 'belongs to another job' }] },
  );

/** Of two simultaneous retries the first wins, even if the job has already run again. */
export const runAgain = (): JobsError =>
  new JobsError('INVALID_STATE', 'The job has run again in the meantime. Check its result before you retry it.');

export const cannotRun = (park: ParkReason, then = ''): JobsError =>
  new JobsError(
    'INVALID_STATE',
    `The job cannot run now (${park}). ${park === 'paused' ? 'Resume its type or plugin' : 'Enable its plugin'} first${then}.`,
  );

export const stillEnding = (): JobsError =>
  new JobsError('INVALID_STATE', 'The last attempt of this job has not ended yet. Try again in a few seconds.', {
    retryAfter: 5,
  });

const key = z
  .string()
  .refine(
    (text) => text.length > 0 && text.length <= 190 && !/[\p{Cc}\p{Cs}]/u.test(text),
    wrong('must be 1 to 190 characters of valid Unicode without control characters'),
  );
const TYPE_NAME = /^[A-Za-z][A-Za-z0-9_.:-]{0,99}$/;
/** The contract, with the words of names and durations. */
const OptionsSchema = NewJobFields.extend({
  type: matching(
    TYPE_NAME,
    'must start with a letter and contain only letters, digits and "_.:-", at most 100 characters',
  ),
  data: z.unknown(),
  idempotencyKey: key,
  key,
  about: z.unknown(),
  after: z.unknown(),
  ...DeadlineSchema.shape,
})
  .partial()
  .strip();
const KNOWN: ReadonlySet<string> = new Set(Object.keys(OptionsSchema.shape));
/** Milliseconds for a schema to check the data of a job. */
const SCHEMA_LIMIT = 10_000;

/** All errors in a job's options; its data is checked separately. `base` prefixes each path (`[2].`). */
export function optionErrors(job: unknown, base = '', names: AddContext['names'] = undefined): FieldError[] {
  if (typeof job !== 'object' || job === null || Array.isArray(job)) {
    return [{ path: base === '' ? 'job' : base.slice(0, -1), message: 'must be an object with a type and data' }];
  }
  const { type, about, after, onFailed } = job as Record<string, unknown>;
  // Most jobs have no options, and every added one comes here.
  const hasNone = Object.keys(job).every((name) => name === 'type' || name === 'data');
  if (hasNone && typeof type === 'string' && TYPE_NAME.test(type)) return [];
  const errors = mistakesIn(OptionsSchema, job).map((one) => ({ ...one, path: `${base}${one.path}` }));
  if (type === undefined) errors.unshift({ path: `${base}type`, message: 'is required' });
  const content = about === undefined ? null : parseNow(Content, about, `${base}about`);
  if (content && 'errors' in content) errors.push(...content.errors);
  if (after !== undefined || onFailed !== undefined)
    for (const { path, message } of afterErrors(after, names)) errors.push({ path: `${base}${path}`, message });
  // Look for what was meant only if a key is unknown.
  if (Object.keys(job).some((name) => !KNOWN.has(name)))
    errors.push(...unknownFields(job, [...KNOWN], base.replace(/\.$/, '')));
  return errors;
}

/** Jobs that one waits for at most. */
const MOST_BEFORE = 1_000;

/** The id of a job that is named by it, or given as such. */
const idOf = (one: unknown): unknown => (typeof one === 'object' && one !== null ? (one as { id?: unknown }).id : one);

/** Its id, and its name in the graph. */
function sourceOf(one: unknown, { names }: AddContext): [string, string | null] {
  const id = names?.get(one as string);
  return id === undefined ? [idOf(one) as string, null] : [id, one as string];
}

function afterErrors(after: unknown, names: AddContext['names']): FieldError[] {
  if (after === undefined) return [{ path: 'onFailed', message: 'needs after' }];
  if (!Array.isArray(after) || after.length === 0 || after.length > MOST_BEFORE)
    return [{ path: 'after', message: `must be a list of 1 to ${MOST_BEFORE} jobs or their ids` }];
  return after.flatMap((one, i) =>
    names?.has(one) || isId(idOf(one)) ? [] : [{ path: `after[${i}]`, message: 'is not a known job' }],
  );
}

const count = z.number().min(0).optional();
const ProgressSchema = z.object({
  percentage: z.number().min(0).max(100),
  processed: count,
  total: count,
  message: z.string().max(500).optional(),
});

/** A copy of what a report on a job says. Throws `INVALID_DATA`. */
export const readProgress = (given: Progress): Progress => readFields(ProgressSchema, given, 'progress') as Progress;

/** Who adds over HTTP, or in whose name the site does. */
export interface AddingCaller {
  /** Under what an idempotency key is stored, so that it meets those of nobody else. */
  idempotencyKey(given: string): string;
  /** The jobs that may be seen; undefined: all. */
  sees(): Promise<Addition['sees']>;
  /** Gets the ids of the jobs that were there. */
  readonly found: Set<string>;
}

export interface AddContext {
  /** The plugin that adds it; null for the application. */
  plugin: string | null;
  /** The user who adds it. */
  by?: string | null;
  schedule?: string;
  tick?: number;
  /** Of the schedule: its job by default waits no longer. */
  nextRun?: number | null;
  /** Of a schedule's data: the version of the type that checked it; null, as for other jobs, means the current one. */
  dataVersion?: number | null;
  /** A caller over HTTP adds it, who may not fill the whole queue. */
  isOutside?: boolean;
  caller?: AddingCaller;
  /** A transaction of the host that the jobs join. */
  trx?: unknown;
  /** The batch that they belong to. */
  batch?: NonNullable<Addition['batch']>;
  /** Ids of the jobs of its graph by their names. */
  names?: ReadonlyMap<string, string>;
}

interface Refused {
  errors: FieldError[];
  tooLarge: boolean;
}
export type CheckedJob = { record: JobRecord } | Refused;
type EncodedData = { text: string } | Refused;

/** From the job, else its type, else the site's defaults. */
const policyFor = (job: NewJob, type: RememberedOptions, queue: QueueSettings) => ({
  timeout: job.timeout ?? type.timeout ?? queue.jobTimeout,
  maxRetries: job.maxRetries ?? type.maxRetries ?? queue.defaultRetries,
  retryDelay: job.retryDelay ?? type.retryDelay ?? queue.defaultRetryDelay,
  backoff: job.retryBackoff ?? type.retryBackoff ?? ('fixed' as const),
});

/** Same type and data, same fingerprint, whatever the order of keys. */
const fingerprint = (type: string, data: string): string =>
  createHash('sha256')
    .update(`${type}\n${canonicalJson(data)}`)
    .digest('base64url');

/** What to do with a job of an unknown type. */
export type UnknownTypes = 'wait' | 'refuse';
export const UnknownTypes = token<UnknownTypes>('core/unknown-types');

export class Admission extends Needing<typeof Admission.needs> {
  static readonly needs = {
    registry: TypeRegistry,
    ids: Ids,
    clock: Clock,
    log: Log,
    settings: Settings,
    unknownTypes: UnknownTypes,
  };
  readonly #warned = new Set<string>();

  nextId(): string {
    return this.needs.ids.next();
  }

  /** Has a plugin or the application this type, enabled or not? */
  isKnown(type: string): boolean {
    const { registry } = this.needs;
    return registry.get(type) !== undefined || registry.ownerOf(type) !== undefined;
  }

  /** A copy, so that what is checked is what is stored, even if the caller's object changes or has getters. */
  #read(input: NewJob, base: string): NewJob {
    if (typeof input !== 'object' || input === null || Array.isArray(input)) return input;
    try {
      return { ...input };
    } catch {
      throw refusal([{ path: base.slice(0, -1) || 'job', message: 'cannot be read: a getter throws' }], false);
    }
  }

  #optionErrors(job: NewJob, base: string, names?: AddContext['names']): FieldError[] {
    const errors = optionErrors(job, base, names);
    const never = job?.delay ? neverBegins(job, this.needs.registry.optionsOf(job.type)) : null;
    if (never !== null)
      errors.push({ path: `${base}${job.expires === undefined ? 'delay' : 'expires'}`, message: never });
    return errors;
  }

  /** Throws what adding the job would throw, without adding it; for schedules. Returns the version of the type that checked its data; null if the type is not registered here. */
  async check(given: NewJob, base: string): Promise<number | null> {
    const input = this.#read(given, base);
    const errors = this.#optionErrors(input, base);
    if (input?.after !== undefined) errors.push({ path: `${base}after`, message: 'cannot be here' });
    if (errors.length > 0) throw refusal(errors, false);
    await this.#encoded(input.type, input.data, base);
    const type = this.needs.registry.get(input.type);
    return type ? (type.options.version ?? FIRST_VERSION) : null;
  }

  /** What changes in the row of a job that runs again, with other data if given. Throws like `check`. */
  async again({ type, idempotencyKey }: JobRecord, given: unknown) {
    const { registry } = this.needs;
    const plugin = registry.ownerOf(type) ?? null;
    if (given === undefined) return { plugin };
    const data = await this.#encoded(type, given, '');
    return {
      plugin,
      data,
      data_version: registry.optionsOf(type).version ?? null,
      // Its key belongs to the data that it has now.
      fingerprint: idempotencyKey === null ? null : fingerprint(type, data),
    };
  }

  /** Of a job that runs again: its type's time to give up begins anew. */
  deadlineAgain(type: string): Deadline | null {
    const { registry, clock } = this.needs;
    const giveUpAfter = millisecondsOf(registry.optionsOf(type).giveUpAfter);
    return giveUpAfter === null ? null : { waitsUntil: null, giveUpAt: clock.now() + giveUpAfter };
  }

  /** Data as it is stored, checked by its type. Throws `INVALID_DATA`, `PAYLOAD_TOO_LARGE`, `UNAVAILABLE`. */
  async #encoded(type: string, given: unknown, base: string): Promise<string> {
    const data = await this.#encode(type, given, base, this.needs.registry.get(type)?.options.data);
    if ('errors' in data) throw refusal(data.errors, data.tooLarge);
    return data.text;
  }

  /** The row of a job, or its errors; `base` prefixes their paths. */
  admit(given: NewJob, context: AddContext, base: string): CheckedJob | Promise<CheckedJob> {
    const job = this.#read(given, base);
    const errors = this.#optionErrors(job, base, context.names);
    if (typeof job?.type !== 'string') return { errors, tooLarge: false };
    const schema = this.#isOfOtherVersion(job.type, context)
      ? undefined
      : this.needs.registry.get(job.type)?.options.data;
    const data = this.#encode(job.type, job.data, base, schema);
    const done = (checked: EncodedData): CheckedJob => {
      if ('errors' in checked) return { ...checked, errors: [...errors, ...checked.errors] };
      if (errors.length > 0) return { errors, tooLarge: false };
      const { registry } = this.needs;
      const found = keyOf(job, checked.text, registry.optionsOf(job.type), base);
      if (found !== null && 'path' in found) return { errors: [found], tooLarge: false };
      const limit = registry.limitOfType(job.type);
      const limited = limit?.by ? limitedOf(limit, checked.text, base) : null;
      if (limited !== null && 'path' in limited) return { errors: [limited], tooLarge: false };
      const record = this.#record(job, checked.text, context);
      if (job.about) record.about = nameOfContent(job.about);
      if (limited !== null) record.limited = limited;
      if (job.after) {
        const sources = new Map(job.after.map((one) => sourceOf(one, context)));
        record.links = {
          sources: [...sources].map(([id, name]) => ({ id, name })),
          onFailed: job.onFailed ?? 'cancel',
        };
      }
      if (found !== null) {
        record.key = found.key;
        record.keyed = { rule: found.rule, by: context.by ?? context.schedule ?? context.plugin };
      }
      return { record };
    };
    return data instanceof Promise ? data.then(done) : done(data);
  }

  /** Checks data as it comes back from the store, so that what is accepted also passes when the job runs. */
  #encode(type: string, given: unknown, base: string, schema: Schema | undefined): EncodedData | Promise<EncodedData> {
    const { clock, log } = this.needs;
    const path = `${base}data`;
    const encoded = encodeJson(given, path, DATA_LIMITS);
    if (!encoded.ok) return { errors: [encoded.error], tooLarge: encoded.tooLarge };
    if (!schema) return encoded;
    const read = (parsed: Parsed<unknown>): EncodedData => {
      if (parsed.ok) return encoded;
      const errors = dataErrors(type, parsed, log);
      const before = parseNow(schema, given, path);
      const isOnlyGiven = !(before instanceof Promise) && before.ok;
      return {
        errors: isOnlyGiven ? errors.map((one) => ({ ...one, message: one.message + ONLY_GIVEN })) : errors,
        tooLarge: false,
      };
    };
    const parsed = parseNow(schema, decodeJson(encoded.text), path);
    if (!(parsed instanceof Promise)) return read(parsed);
    return withTimeout(clock, SCHEMA_LIMIT, parsed, () => neverAnswers(type)).then(read);
  }

  /** Is its data from a schedule that another version of the type checked? Then it is converted when the job runs. */
  #isOfOtherVersion(type: string, { dataVersion }: AddContext): boolean {
    // Only schedules have one: no other job pays for the look-up.
    if (dataVersion === undefined || dataVersion === null) return false;
    const { version = FIRST_VERSION } = this.needs.registry.optionsOf(type);
    return dataVersion !== version;
  }

  #record(job: NewJob, data: string, context: AddContext): JobRecord {
    const { registry, clock, ids, settings } = this.needs;
    const now = clock.now();
    if (!this.isKnown(job.type)) this.#unknown(job.type);
    const runAt = job.delay ? now + job.delay : null;
    const isBlocked = job.after !== undefined || context.batch?.waits === true;
    return {
      id: ids.next(),
      type: job.type,
      plugin: registry.ownerOf(job.type) ?? null,
      state: isBlocked ? 'blocked' : targetOf('add', runAt),
      reason: isBlocked ? AFTER : null,
      priority: rank(job.priority ?? 'normal'),
      data,
      ...policyFor(job, registry.optionsOf(job.type), settings.queue),
      idempotencyKey:
        (context.caller && job.idempotencyKey !== undefined
          ? context.caller.idempotencyKey(job.idempotencyKey)
          : job.idempotencyKey) ?? null,
      fingerprint: job.idempotencyKey === undefined ? null : fingerprint(job.type, data),
      runAt,
      dueAt: isBlocked ? null : runAt,
      createdAt: now,
      schedule: context.schedule ?? null,
      result: null,
      error: null,
      message: null,
      progress: null,
      metrics: null,
      attempt: 0,
      crashes: 0,
      loneCrashes: 0,
      startedRun: null,
      aloneRun: null,
      run: 0,
      node: null,
      leaseUntil: null,
      startedAt: null,
      finishedAt: null,
      readyAt: null,
      trace: null,
      deadline: deadlineOf(job, registry.optionsOf(job.type), now, context.nextRun ?? null),
      dataVersion: context.dataVersion ?? registry.optionsOf(job.type).version ?? null,
    };
  }

  #unknown(type: string): void {
    const { unknownTypes, log } = this.needs;
    if (unknownTypes === 'refuse')
      throw new JobsError('UNKNOWN_TYPE', 'Unknown job type: no known plugin has a processor for it.');
    if (this.#warned.has(type) || this.#warned.size > 1_000) return;
    this.#warned.add(type);
    log.warn(`Jobs of the type "${type}" wait: no known plugin has a processor for it.`);
  }

  /** The error for a full queue; `limit` names the limit that was reached. */
  queueFull(limit: keyof QueueSize, isOutside: boolean): JobsError {
    const { maxQueueSize, maxDelayedJobs } = this.needs.settings.queue;
    const share = isOutside ? ', of which callers over HTTP may fill nine tenths' : '';
    const text =
      limit === 'waiting'
        ? `The queue is full: queue.maxQueueSize is ${maxQueueSize} jobs, including parked and paused ones${share}. Try again later, resume or delete parked jobs, or raise the limit.`
        : `Too many delayed jobs: queue.maxDelayedJobs is ${maxDelayedJobs}, including retries${share}. Add the job without a delay, try again later, or raise the limit.`;
    return new JobsError('QUEUE_FULL', text, { retryAfter: 5 });
  }
}
