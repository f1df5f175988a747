// The only way in: adds jobs, and answers when they are durably stored.
import {
  type AdditionJoiner,
  type Dispose,
  type FieldError,
  type GraphJob,
  type Job,
  JobsError,
  type JobsToAdd,
  type JoinedAddition,
  type NewJob,
  Veto,
} from '@phraseworks/sdk';
import type { JobRecord } from '../job/record.ts';
import { Needing } from '../kernel/container.ts';
import { Hooks } from '../kernel/hooks.ts';
import { toJob } from '../store/codec.ts';
import { HostTransactions } from '../store/host-transactions.ts';
import { JobReads } from '../store/job-reads.ts';
import type { Added, AddedJob, Addition } from '../store/job-writes.ts';
import { duplicate } from '../store/keys/keys.ts';
import { WriteQueue } from '../store/write-queue.ts';
import { type AddContext, Admission, type CheckedJob, conflict, refusal } from './admission.ts';
import { Holds } from './holds.ts';
import { inOrder } from './links/graph.ts';

/** Version 00 of the W3C recommendation, which fits into the column. */
const TRACEPARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** A plugin that stores rows with jobs, in the transaction of the job. */
interface OwnedJoiner {
  joiner: AdditionJoiner;
  /** Runs `fn` in the scope of the plugin. */
  enter<R>(fn: () => R): R;
  /** Gets the errors that the caller who adds the job must not see. */
  charge(error: unknown): void;
}

type Accepted = Exclude<Added, { status: 'full' | 'conflict' | 'duplicate' | 'closed' | 'unlinkable' }>;
/** Jobs of a graph at most. */
const MOST_NODES = 1_000;

export class Queue extends Needing<typeof Queue.needs> {
  static readonly needs = {
    admission: Admission,
    holds: Holds,
    writes: WriteQueue,
    hostTransactions: HostTransactions,
    reads: JobReads,
    hooks: Hooks,
  };
  readonly #joiners = new Set<OwnedJoiner>();
  /** Reads of stored jobs that are about to begin. */
  readonly #reading = new Map<string, Promise<JobRecord | null>>();

  join(joiner: OwnedJoiner): Dispose {
    this.#joiners.add(joiner);
    return () => void this.#joiners.delete(joiner);
  }

  /** Does a plugin want to store rows with this job? */
  #isJoined(job: NewJob): boolean {
    for (const joiner of this.#joiners) if (wants(joiner, job)) return true;
    return false;
  }

  async add(input: NewJob, context: AddContext): Promise<Job> {
    if (this.#isJoined(input)) return this.#addJoined(input, context);
    // Await only a real promise: each one costs every job.
    const preparing = this.#prepare(input, context, '');
    const prepared = preparing instanceof Promise ? await preparing : preparing;
    if ('errors' in prepared) throw refusal(prepared.errors, prepared.tooLarge);
    const { record } = prepared;
    const added = await this.#store([record], context);
    return this.#answer(added, record);
  }

  /** Returns a promise only if the job was there or its type is held: each would cost every job. */
  #answer(added: Accepted, record: JobRecord): Job | Promise<Job> {
    const [there] = added.status === 'existing' ? added.jobs : [];
    return there ? this.#existing(there, record) : this.#shown(record);
  }

  #shown(record: JobRecord): Job | Promise<Job> {
    const { holds } = this.needs;
    if (holds.isFree(record.type)) return toJob(record, holds.free);
    return holds.now().then((held) => toJob(record, held));
  }

  /** With rows of plugins, in one transaction: the caller's, or one of their own. */
  async #addJoined(input: NewJob, context: AddContext): Promise<Job> {
    const { hostTransactions } = this.needs;
    // Nobody is asked for rights inside the transaction.
    await context.caller?.sees();
    const all: JoinedAddition[] = [];
    const end = async (isStored: boolean): Promise<void> => {
      for (const one of all) await one.ended(isStored);
    };
    let job = input;
    let isStoring = false;
    let stored: { added: Accepted; record: JobRecord };
    try {
      for (const joiner of [...this.#joiners]) {
        if (!wants(joiner, job)) continue;
        const one = await joined(joiner, job);
        all.push(one);
        job = one.job;
      }
      const record = await this.#prepared(job, context, '');
      isStoring = true;
      const { answer: added, isOpen } = await hostTransactions.within(context.trx, async (db, trx) => {
        const answer = await this.#store([record], { ...context, trx });
        const id = storedFor(answer, record);
        if (id !== null) for (const one of all) await one.store(db, id);
        return answer;
      });
      if (!isOpen) await end(true);
      stored = { added, record };
    } catch (error) {
      // If the database went away, the job may be stored.
      if (!isStoring || !(error instanceof JobsError && error.code === 'UNAVAILABLE')) await end(false);
      throw error;
    }
    return this.#answer(stored.added, stored.record);
  }

  /** All or nothing. A job with a known idempotency key returns the first job that had it. */
  async addMany(inputs: readonly NewJob[], context: AddContext): Promise<Job[]> {
    if (!Array.isArray(inputs) || inputs.length > 10_000) {
      throw refusal([{ path: 'jobs', message: 'must be an array of at most 10000 jobs' }], false);
    }
    const records = await this.#prepareAll(inputs, (i) => `[${i}].`, context);
    if (records.length === 0 && !context.batch) return [];
    return this.#answers(records, context);
  }

  async #prepareAll(inputs: readonly NewJob[], base: (i: number) => string, context: AddContext): Promise<JobRecord[]> {
    const errors: FieldError[] = [];
    let tooLarge = false;
    const records: JobRecord[] = [];
    for (const [i, input] of inputs.entries()) {
      const preparing = this.#prepare(input, context, base(i));
      const prepared = preparing instanceof Promise ? await preparing : preparing;
      if ('record' in prepared) records.push(prepared.record);
      else {
        errors.push(...prepared.errors);
        tooLarge ||= prepared.tooLarge;
      }
    }
    if (errors.length > 0) throw refusal(errors, tooLarge);
    return records;
  }

  async #answers(records: JobRecord[], context: AddContext): Promise<Job[]> {
    const added = await this.#store(records, context);
    const types = await this.needs.holds.now();
    if (added.status !== 'existing') return records.map((record) => toJob(record, types));
    const { jobs } = added;
    return Promise.all(records.map((record, i) => this.#existing(jobs[i] as AddedJob, record)));
  }

  /** Jobs by name, in one transaction: each runs after others of them. */
  async addGraph(nodes: Readonly<Record<string, GraphJob>>, context: AddContext): Promise<Record<string, Job>> {
    const names = typeof nodes === 'object' && nodes !== null ? Object.keys(nodes) : [];
    if (names.length === 0 || names.length > MOST_NODES)
      throw refusal([{ path: 'jobs', message: `must be an object of 1 to ${MOST_NODES} jobs by name` }], false);
    const ordered = inOrder(nodes);
    if (!Array.isArray(ordered)) throw refusal([ordered], false);
    const ids = new Map(ordered.map((name) => [name, this.nextId()]));
    const inputs = ordered.map((name) => nodes[name] as NewJob);
    const records = await this.#prepareAll(inputs, (i) => `${ordered[i]}.`, { ...context, names: ids });
    for (const [i, record] of records.entries()) record.id = ids.get(ordered[i] ?? '') ?? record.id;
    const jobs = await this.#answers(records, context);
    return Object.fromEntries(ordered.map((name, i) => [name, jobs[i] as Job]));
  }

  /** Throws what adding the job would throw. */
  async check(input: NewJob, base: string): Promise<void> {
    await this.needs.admission.check(input, base);
  }

  nextId(): string {
    return this.needs.admission.nextId();
  }

  /** One job per (schedule, tick), on any number of nodes. */
  async addTick(input: NewJob, context: AddContext & { schedule: string; tick: number }): Promise<'added' | 'already'> {
    const added = await this.#store([await this.#prepared(input, context, 'jobData.')], context);
    return added.status === 'already' ? 'already' : 'added';
  }

  async #prepared(input: NewJob, context: AddContext, base: string): Promise<JobRecord> {
    const prepared = await this.#prepare(input, context, base);
    if ('errors' in prepared) throw refusal(prepared.errors, prepared.tooLarge);
    return prepared.record;
  }

  /** Returns a promise only if a filter or a schema needs one: each would cost every job. */
  #prepare(input: NewJob, context: AddContext, base: string): CheckedJob | Promise<CheckedJob> {
    const { admission, hooks } = this.needs;
    if (!hooks.has('job:before-add')) return admission.admit(input, context, base);
    return this.#filtered(input, context).then((job) => admission.admit(job, context, base));
  }

  async #filtered(input: NewJob, context: AddContext): Promise<NewJob> {
    try {
      return await this.needs.hooks.applyFilters('job:before-add', input, { plugin: context.plugin ?? undefined });
    } catch (error) {
      if (error instanceof Veto) throw new JobsError('VETOED', error.message, { cause: error });
      throw error;
    }
  }

  #store(records: JobRecord[], context: AddContext): Promise<Accepted> {
    // Only what has a key can meet a job that is there.
    const mayMeet = context.caller && records.some(({ keyed, idempotencyKey }) => keyed || idempotencyKey !== null);
    if (!mayMeet) return this.#write(records, context, undefined);
    return context.caller?.sees().then((sees) => this.#write(records, context, sees)) as Promise<Accepted>;
  }

  #write(records: JobRecord[], context: AddContext, sees: Addition['sees']): Promise<Accepted> {
    const addition: Addition = {
      records,
      ...(sees ? { sees } : {}),
      tick:
        context.schedule !== undefined && context.tick !== undefined
          ? { schedule: context.schedule, tick: context.tick }
          : null,
      isOutside: context.isOutside ?? false,
      ...(context.batch ? { batch: context.batch } : {}),
    };
    const { writes, hostTransactions, hooks } = this.needs;
    const { trx } = context;
    const write = async () => (await hostTransactions.add(addition, trx)) ?? writes.add(addition);
    const store = () =>
      (trx === undefined ? writes.add(addition) : write()).then((added) => this.#accepted(added, records, context));
    return hooks.has('job:add') ? hooks.wrapped('job:add', toAdd(records), store, () => undefined) : store();
  }

  #accepted(added: Added, records: readonly JobRecord[], { isOutside = false, caller }: AddContext): Accepted {
    if (added.status === 'full') throw this.needs.admission.queueFull(added.limit, isOutside);
    if (added.status === 'duplicate') throw duplicate(records.length === 1 ? 'key' : `[${added.index}].key`, added.id);
    if (added.status === 'closed')
      throw new JobsError('INVALID_STATE', 'The batch is closed or does not exist: no more jobs can be added to it.');
    if (added.status === 'unlinkable') {
      const path = `${records.length === 1 ? '' : `[${added.index}].`}after[${added.at}]`;
      throw refusal([{ path, message: 'is not a known job' }], false);
    }
    if (added.status === 'conflict')
      throw conflict(records.length === 1 ? 'idempotencyKey' : `[${added.index}].idempotencyKey`);
    if (caller && added.status === 'existing')
      for (const [i, { id }] of added.jobs.entries()) if (id !== records[i]?.id) caller.found.add(id);
    return added;
  }

  async #existing({ id, outcome }: AddedJob, record: JobRecord): Promise<Job> {
    // A job that the same host transaction added cannot be read here before its commit.
    const there = id === record.id ? record : ((await this.#there(id)) ?? { ...record, id });
    return Object.assign(await this.#shown(there), outcome === null ? null : { outcome });
  }

  /** Hundreds of additions may end up as one job: those of one commit share a read, which begins after all of them have asked. */
  #there(id: string): Promise<JobRecord | null> {
    const known = this.#reading.get(id);
    if (known) return known;
    const read = Promise.resolve().then(() => {
      this.#reading.delete(id);
      return this.needs.reads.get(id);
    });
    this.#reading.set(id, read);
    return read;
  }
}

/** The job that has the data of this one now; null if that is not stored. */
function storedFor(answer: Accepted, record: JobRecord): string | null {
  if (answer.status === 'added') return record.id;
  const [job] = answer.status === 'existing' ? answer.jobs : [];
  return job && (job.outcome === 'replaced' || job.id === record.id) ? job.id : null;
}

function wants({ joiner, charge }: OwnedJoiner, job: NewJob): boolean {
  try {
    return joiner.wants(job);
  } catch (error) {
    charge(error);
    return false;
  }
}

/** Each gets the job that the one before has made of it. */
async function joined({ joiner, enter, charge }: OwnedJoiner, given: NewJob): Promise<JoinedAddition> {
  const one = await enter(() => joiner.join(given));
  return {
    job: one.job,
    store: (db, jobId) => enter(() => one.store(db, jobId)),
    ended: async (isStored) => enter(() => one.ended(isStored)).catch(charge),
  };
}

const toAdd = (records: readonly JobRecord[]): JobsToAdd => ({
  jobs: records.map(({ id, type, plugin }) => ({ id, type, plugin })),
  setTrace: (traceparent) => {
    if (!TRACEPARENT.test(traceparent))
      throw new JobsError('INVALID_DATA', 'setTrace(): expected a W3C traceparent of version 00.');
    for (const record of records) record.trace = traceparent;
  },
});
