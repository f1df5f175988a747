// The only way in: checks a job, gives it its limits, and answers when it is durably stored.
import { createHash } from 'node:crypto';
import {
  type FieldError,
  type Job,
  JobsError,
  type JobsToAdd,
  type NewJob,
  type ParkReason,
  type Parsed,
  token,
  Veto,
  type Wrapped,
} from '@phraseworks/sdk';
import { parseNow } from '@phraseworks/sdk/host';
import { publicState, STEPS, targetOf } from '../job/lifecycle.ts';
import { type JobRecord, type RememberedOptions, rank } from '../job/record.ts';
import type { Clock } from '../kernel/clock.ts';
import type { QueueSettings } from '../kernel/config.ts';
import { messageOf } from '../kernel/errors.ts';
import type { Ids } from '../kernel/id.ts';
import { canonicalJson, DATA_LIMITS, encodeJson } from '../kernel/json.ts';
import type { Logger } from '../kernel/logger.ts';
import { jobEvent, toJob } from '../store/codec.ts';
import type { JobReads } from '../store/job-reads.ts';
import type { Added, Addition } from '../store/job-writes.ts';
import type { Joined } from '../store/joined.ts';
import type { WriteQueue } from '../store/write-queue.ts';
import { conflict, optionErrors, queueFull, refusal } from './admission.ts';
import type { TypeRegistry } from './registry.ts';

/** What the job says, else its type, else the site's defaults. */
const policyFor = (job: NewJob, type: RememberedOptions, queue: QueueSettings) => ({
  timeout: job.timeout ?? type.timeout ?? queue.jobTimeout,
  maxRetries: job.maxRetries ?? type.maxRetries ?? queue.defaultRetries,
  retryDelay: job.retryDelay ?? type.retryDelay ?? queue.defaultRetryDelay,
  backoff: job.retryBackoff ?? type.retryBackoff ?? ('fixed' as const),
});

/** The same for the same type and data, whatever the order of its keys. */
const fingerprint = (type: string, data: string): string =>
  createHash('sha256')
    .update(`${type}\n${canonicalJson(data)}`)
    .digest('base64url');

export interface AddContext {
  /** The plugin that adds it; null for the application. */
  plugin: string | null;
  schedule?: string;
  tick?: number;
  exempt?: boolean;
  /** A transaction of the host that the jobs join. */
  trx?: unknown;
}

/** What queue and runner need of the hooks. */
export interface QueueHooks {
  has(name: string): boolean;
  applyFilters(name: 'job:before-add', job: NewJob, about: { plugin: string | undefined }): Promise<NewJob>;
  wrapped<K extends keyof Wrapped, R>(
    name: K,
    about: Wrapped[K][0],
    work: () => Promise<R>,
    shown: (answer: R) => Wrapped[K][1],
  ): Promise<R>;
}
export const QueueHooks = token<QueueHooks>('core/queue-hooks');

/** What to do with a job of an unknown type. */
export type UnknownTypes = 'park' | 'refuse';
export const UnknownTypes = token<UnknownTypes>('core/unknown-types');

/** Version 00 of the W3C; what fits into the column. */
const TRACEPARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

type CheckedJob = { record: JobRecord } | { errors: FieldError[]; tooLarge: boolean };

export class Queue {
  readonly #needs;
  readonly #warned = new Set<string>();

  constructor(needs: {
    registry: TypeRegistry;
    writes: WriteQueue;
    joined: Joined;
    reads: JobReads;
    ids: Ids;
    clock: Clock;
    log: Logger;
    queue: QueueSettings;
    hooks: QueueHooks;
    unknownTypes: UnknownTypes;
  }) {
    this.#needs = needs;
  }

  async add(input: NewJob, context: AddContext): Promise<Job> {
    // Awaited only where there is something to wait for: every promise here costs every job.
    const preparing = this.#prepare(input, context, '');
    const prepared = preparing instanceof Promise ? await preparing : preparing;
    if ('errors' in prepared) throw refusal(prepared.errors, prepared.tooLarge);
    const { record } = prepared;
    const added = await this.#store([record], context);
    if (added.status === 'existing') return this.#existing(added.ids[0] ?? record.id, record);
    return toJob(record, this.#needs.registry);
  }

  /** All or nothing; jobs whose idempotency key is known answer with the first one. */
  async addMany(inputs: readonly NewJob[], context: AddContext): Promise<Job[]> {
    if (!Array.isArray(inputs) || inputs.length > 10_000) {
      throw refusal([{ path: 'jobs', message: 'must be an array of at most 10000 jobs' }], false);
    }
    const errors: FieldError[] = [];
    let tooLarge = false;
    const records: JobRecord[] = [];
    for (const [index, input] of inputs.entries()) {
      const preparing = this.#prepare(input, context, `[${index}].`);
      const prepared = preparing instanceof Promise ? await preparing : preparing;
      if ('record' in prepared) records.push(prepared.record);
      else {
        errors.push(...prepared.errors);
        tooLarge ||= prepared.tooLarge;
      }
    }
    if (errors.length > 0) throw refusal(errors, tooLarge);
    if (records.length === 0) return [];
    const added = await this.#store(records, context);
    if (added.status !== 'existing') return records.map((record) => toJob(record, this.#needs.registry));
    const { ids } = added;
    return Promise.all(records.map((record, i) => this.#existing(ids[i] ?? record.id, record)));
  }

  /** One job per (schedule, tick), on any number of nodes. */
  async addTick(
    input: NewJob,
    context: { plugin: string | null; schedule: string; tick: number },
  ): Promise<'added' | 'already'> {
    const prepared = await this.#prepare(input, context, 'jobData.');
    if ('errors' in prepared) throw refusal(prepared.errors, prepared.tooLarge);
    const added = await this.#store([prepared.record], context);
    return added.status === 'added' ? 'added' : 'already';
  }

  /** The mistakes of a job as `add` would find them, without adding it: for schedules. Throws like `add`. */
  async check(input: NewJob, base: string): Promise<void> {
    const errors = optionErrors(input, base);
    if (errors.length > 0) throw refusal(errors, false);
    const schema = this.#needs.registry.get(input.type)?.options.data;
    const parsed = schema ? await parseNow(schema, input.data, `${base}data`) : null;
    if (parsed && !parsed.ok) throw refusal(this.#refused(input.type, parsed), false);
    const encoded = encodeJson(input.data, `${base}data`, DATA_LIMITS);
    if (!encoded.ok) throw refusal([encoded.error], encoded.tooLarge);
  }

  #prepare(input: NewJob, context: AddContext, base: string): CheckedJob | Promise<CheckedJob> {
    if (!this.#needs.hooks.has('job:before-add')) return this.#checked(input, context, base);
    return this.#filtered(input, context).then((job) => this.#checked(job, context, base));
  }

  #checked(job: NewJob, context: AddContext, base: string): CheckedJob | Promise<CheckedJob> {
    const errors = optionErrors(job, base);
    if (errors.length > 0) return { errors, tooLarge: false };
    const encoded = encodeJson(job.data, `${base}data`, DATA_LIMITS);
    if (!encoded.ok) return { errors: [encoded.error], tooLarge: encoded.tooLarge };
    const schema = this.#needs.registry.get(job.type)?.options.data;
    const done = (parsed: Parsed<unknown> | null): CheckedJob =>
      parsed && !parsed.ok
        ? { errors: this.#refused(job.type, parsed), tooLarge: false }
        : { record: this.#record(job, encoded.text, context) };
    if (!schema) return done(null);
    const parsed = parseNow(schema, job.data, `${base}data`);
    return parsed instanceof Promise ? parsed.then(done) : done(parsed);
  }

  /** The errors of a refused job. Only the log says what a broken schema threw: that may quote the data. */
  #refused(type: string, { errors, thrown }: Extract<Parsed<unknown>, { ok: false }>): FieldError[] {
    if (thrown !== undefined) this.#needs.log.error(`The schema of "${type}" threw: ${messageOf(thrown)}`);
    return errors;
  }

  async #filtered(input: NewJob, context: AddContext): Promise<NewJob> {
    try {
      return await this.#needs.hooks.applyFilters('job:before-add', input, { plugin: context.plugin ?? undefined });
    } catch (error) {
      if (error instanceof Veto) throw new JobsError('VETOED', error.message, { cause: error });
      throw error;
    }
  }

  #record(job: NewJob, data: string, context: AddContext): JobRecord {
    const { registry, clock, ids, queue } = this.#needs;
    const now = clock.now();
    const park = registry.parkReason(job.type);
    if (park === 'no_processor') this.#unknown(job.type);
    const runAt = job.delay ? now + job.delay : null;
    return {
      id: ids.next(),
      type: job.type,
      plugin: registry.ownerOf(job.type) ?? null,
      lane: registry.laneOf(job.type),
      state: park ? STEPS.park.to : targetOf('add', runAt),
      reason: park,
      priority: rank(job.priority ?? 'normal'),
      data,
      ...policyFor(job, registry.optionsOf(job.type), queue),
      idempotencyKey: job.idempotencyKey ?? null,
      fingerprint: job.idempotencyKey === undefined ? null : fingerprint(job.type, data),
      runAt,
      dueAt: park ? null : runAt,
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
    };
  }

  #unknown(type: string): void {
    const { unknownTypes, log } = this.#needs;
    if (unknownTypes === 'refuse')
      throw new JobsError('UNKNOWN_TYPE', 'Unknown job type: no known plugin has a processor for it.');
    if (this.#warned.has(type) || this.#warned.size > 1_000) return;
    this.#warned.add(type);
    log.warn(`Jobs of the type "${type}" are parked: no known plugin has a processor for it.`);
  }

  #store(records: JobRecord[], context: AddContext): Promise<Exclude<Added, { status: 'full' | 'conflict' }>> {
    const addition: Addition = {
      records,
      tick:
        context.schedule !== undefined && context.tick !== undefined
          ? { schedule: context.schedule, tick: context.tick }
          : null,
      exempt: context.exempt ?? false,
      event: addedEvent,
    };
    const { writes, joined, hooks } = this.#needs;
    const store = () =>
      (context.trx === undefined ? writes.add(addition) : joined.add(addition, context.trx)).then((added) =>
        this.#accepted(added, records),
      );
    return hooks.has('job:add') ? hooks.wrapped('job:add', toAdd(records), store, () => undefined) : store();
  }

  #accepted(added: Added, records: readonly JobRecord[]): Exclude<Added, { status: 'full' | 'conflict' }> {
    if (added.status === 'full') throw queueFull(this.#needs.queue, added.limit);
    if (added.status === 'conflict')
      throw conflict(records.length === 1 ? 'idempotencyKey' : `[${added.index}].idempotencyKey`);
    return added;
  }

  async #existing(id: string, record: JobRecord): Promise<Job> {
    // One that the same transaction of the host has added cannot be read here before its end.
    return toJob((await this.#needs.reads.get(id)) ?? { ...record, id }, this.#needs.registry);
  }
}

const toAdd = (records: readonly JobRecord[]): JobsToAdd => ({
  jobs: records.map(({ id, type, plugin }) => ({ id, type, plugin })),
  setTrace: (traceparent) => {
    if (!TRACEPARENT.test(traceparent))
      throw new JobsError('INVALID_DATA', 'setTrace(): expected a W3C traceparent of version 00.');
    for (const record of records) record.trace = traceparent;
  },
});

const addedEvent = (record: JobRecord) =>
  record.state === STEPS.park.to
    ? jobEvent(STEPS.park.event, STEPS.park.to, record, record.createdAt, { reason: record.reason as ParkReason })
    : jobEvent(STEPS.add.event, publicState(record.state), record, record.createdAt);
