// Batches: adds and fills them, adds their callbacks when they are due, and works on all their jobs in passes. Also looks at what is marked.
import {
  type AddOptions,
  type Batch,
  type BatchEnd,
  type Callback,
  JobsError,
  type NewBatch,
  type NewJob,
} from '@phraseworks/sdk';
import type { BatchInfo } from '@phraseworks/sdk/contract';
import { z } from 'zod';
import { batchId, isBatchId, type Outcome } from '../../job/link.ts';
import type { JobRecord } from '../../job/record.ts';
import { Clock, iso } from '../../kernel/clock.ts';
import { messageOf } from '../../kernel/errors.ts';
import { readFields } from '../../kernel/fields.ts';
import { DATA_LIMITS, decodeJson, encodeJson } from '../../kernel/json.ts';
import { Log } from '../../kernel/logger.ts';
import { Rounds } from '../../kernel/rounds.ts';
import { BatchStore, type CallbackName, type Due, newBatch, type Task } from '../../store/links/batches.ts';
import { Links } from '../../store/links/links.ts';
import type { Counts, Batch as StoredBatch } from '../../store/links/rows.ts';
import { type AddContext, refusal } from '../admission.ts';
import { JobActions } from '../job-actions.ts';
import { Queue } from '../queue.ts';

/** Failed jobs that one round queues again. */
const RETRIED = 50;
/** Milliseconds between two rounds while there is more to do. */
const PAUSE = 5;
const NOTHING = { total: 0, completed: 0, failed: 0, cancelled: 0 };
const CALLBACKS = { onEnd: 'end', onSuccess: 'success', onFailure: 'failure' } as const;
const NAMES = Object.keys(CALLBACKS) as CallbackName[];

const callback = z.union([z.string(), z.looseObject({ type: z.string() })]).optional();
const BatchSchema = z.object({
  name: z.string().min(1).max(190),
  data: z.unknown().optional(),
  open: z.boolean().optional(),
  start: z.literal('closed').optional(),
  ...{ onEnd: callback, onSuccess: callback, onFailure: callback },
});

type CallbackJob = Exclude<Callback, string>;

export class Batches extends Rounds<typeof Batches.needs> {
  static readonly needs = {
    store: BatchStore,
    links: Links,
    queue: Queue,
    actions: JobActions,
    clock: Clock,
    log: Log,
  };
  protected readonly plan = { task: 'look at batches and jobs that wait for others', first: 0, again: 1_000 };
  /** Batches to look at. */
  readonly #touched = new Set<string>();
  readonly #warned = new Set<string>();

  /** These may have ended. A process that runs no jobs leaves them to the others. */
  touch(ids: readonly string[]): void {
    if (!this.isOn) void this.needs.store.mark(ids).catch(() => {});
    for (const id of ids) this.#touched.add(id);
    this.within(0);
  }

  async sweep(): Promise<void> {
    this.touch(await this.needs.store.sweep());
  }

  /** Public for tests, whose clock stands still. */
  override async round(): Promise<number> {
    const { links, store, clock } = this.needs;
    const next = await links.look();
    const ids = [...this.#touched];
    this.#touched.clear();
    for (const id of ids) {
      const batch = await store.get(id);
      if (!batch) continue;
      await this.#end(batch);
      if (await this.#work(batch)) this.#touched.add(id);
    }
    return this.#touched.size > 0 ? PAUSE : Math.max(next - clock.now(), PAUSE);
  }

  /** Adds what is due; looks again if that has changed meanwhile. */
  async #end(batch: StoredBatch): Promise<void> {
    const { store } = this.needs;
    const due = await store.due(batch);
    if (!due) return;
    const { admitted, refused } = await this.#admitted(due);
    if (!(await store.end(due, admitted, refused))) this.#touched.add(batch.id);
  }

  async #admitted({ batch, wanted, counts }: Due) {
    const { queue, log } = this.needs;
    const callbacks = JSON.parse(batch.callbacks) as Record<CallbackName, CallbackJob>;
    const admitted = new Map<CallbackName, JobRecord>();
    let refused: string | null = null;
    for (const name of wanted) {
      const data: BatchEnd = { batch: batch.id, name: batch.name, data: decodeJson(batch.data), counts };
      try {
        admitted.set(
          name,
          await queue.prepared({ ...callbacks[name], data } as NewJob, { plugin: batch.plugin }, `${name}.`),
        );
      } catch (error) {
        refused = `${name}: ${messageOf(error)}`;
        if (!this.#warned.has(batch.id))
          log.error(`The batch "${batch.name}" (${batch.id}) cannot add its job ${refused} It is tried again.`);
        this.#warned.add(batch.id);
      }
    }
    return { admitted, refused };
  }

  /** Goes on with what is done to all jobs of a batch; true if there is more. */
  async #work(batch: StoredBatch): Promise<boolean> {
    if (batch.task === null) return false;
    const { store, actions } = this.needs;
    const { id } = batch;
    const task = JSON.parse(batch.task) as Task;
    if ('cancel' in task) {
      const { looked, running } = await store.cancelSome(id, task.by);
      for (const job of running) actions.cancelled.emit(job);
      if (looked === 0) await store.setTask(batch, null);
      return true;
    }
    const failed = await store.members(id, 'failed', task.after, RETRIED);
    for (const job of failed)
      await actions.retry(job, { by: task.by }).catch((error: unknown) => {
        if (!(error instanceof JobsError) || error.code === 'UNAVAILABLE') throw error;
      });
    const last = failed.at(-1);
    await store.setTask(batch, last === undefined ? null : { ...task, after: last });
    return true;
  }

  async add(
    given: NewBatch,
    jobs: readonly NewJob[],
    context: AddContext,
    contextOf: ContextOf = plainly(context.plugin),
  ): Promise<Batch> {
    const { clock, queue } = this.needs;
    const { data, callbacks } = await this.#read(given);
    const row = newBatch(batchId(queue.nextId()), {
      name: given.name,
      plugin: context.plugin,
      data,
      callbacks: JSON.stringify(callbacks),
      startsClosed: given.start === 'closed' ? 1 : 0,
      closed: given.open ? 0 : 1,
      createdAt: clock.now(),
    });
    const added = await queue.addMany(jobs, { ...context, batch: { id: row.id, row, closes: !given.open } });
    const total = new Set(added.map(({ id }) => id)).size;
    return this.#handle(infoOf(row, { ...NOTHING, total }), context.plugin, contextOf);
  }

  /** Throws `INVALID_DATA`, and what adding the callbacks would throw. */
  async #read(given: NewBatch): Promise<{ data: string; callbacks: Partial<Record<CallbackName, CallbackJob>> }> {
    readFields(BatchSchema, given, 'batch');
    const data = encodeJson(given.data ?? null, 'data', DATA_LIMITS);
    if (!data.ok) throw refusal([data.error], data.tooLarge);
    const callbacks: Partial<Record<CallbackName, CallbackJob>> = {};
    for (const name of NAMES) {
      const one = given[name];
      if (one === undefined) continue;
      const job = typeof one === 'string' ? { type: one } : one;
      const end: BatchEnd = { batch: batchId(''), name: given.name, data: decodeJson(data.text), counts: NOTHING };
      await this.needs.queue.check({ ...job, data: end } as NewJob, `${name}.`);
      callbacks[name] = job;
    }
    return { data: data.text, callbacks };
  }

  /** Null if it does not exist. */
  async get(id: string, plugin: string | null, contextOf: ContextOf): Promise<Batch | null> {
    const info = await this.info(id);
    return info && this.#handle(info, plugin, contextOf);
  }

  async info(id: string): Promise<BatchInfo | null> {
    const { store } = this.needs;
    const row = isBatchId(id) ? await store.get(id) : null;
    return row && infoOf(row, (await store.counts([row])).get(id));
  }

  /** Newest first. */
  async list(page: { before: string | undefined; limit: number }): Promise<BatchInfo[]> {
    const { store } = this.needs;
    const rows = await store.list(page);
    const counts = await store.counts(rows);
    return rows.map((row) => infoOf(row, counts.get(row.id)));
  }

  /** The next jobs of a batch that ended like this; null: that have not ended. */
  members(id: string, outcome: Outcome | null, after: string, limit: number): Promise<string[]> {
    return this.needs.store.members(id, outcome, after, limit);
  }

  async cancel(id: string, by: string | null): Promise<void> {
    await this.#begin(id, { cancel: true, by });
  }

  async retry(id: string, by: string | null): Promise<void> {
    await this.#begin(id, { retry: true, after: '', by });
  }

  async #begin(id: string, task: Task): Promise<void> {
    if (!(await this.needs.store.begin(id, task))) throw notThere();
    this.touch([id]);
  }

  #handle(info: BatchInfo, plugin: string | null, contextOf: ContextOf): Batch {
    const { id } = info;
    const { queue, store } = this.needs;
    const batch = { id, row: null, closes: false };
    return {
      ...info,
      add: (jobs, options) => queue.addMany(jobs, { ...contextOf(options), batch }),
      addGraph: (jobs, options) => queue.addGraph(jobs, { ...contextOf(options), batch }) as never,
      close: async () => {
        if (!(await store.close(id))) throw notThere();
      },
      cancel: () => this.cancel(id, plugin),
      retryFailed: () => this.retry(id, plugin),
    };
  }
}

/** The transaction of the options, or the one that the caller is in. */
type ContextOf = (options?: AddOptions) => AddContext;

const plainly =
  (plugin: string | null): ContextOf =>
  ({ trx } = {}) =>
    trx ? { plugin, trx } : { plugin };

export const notThere = (): JobsError => new JobsError('NOT_FOUND', 'Unknown batch.');

function infoOf(row: StoredBatch, counts: Counts = NOTHING): BatchInfo {
  const { id, name, plugin, data, closed, endedAt, error, task, createdAt } = row;
  const callbacks = JSON.parse(row.callbacks) as Partial<Record<CallbackName, CallbackJob>>;
  const called = JSON.parse(row.called) as Partial<Record<CallbackName, string>>;
  const ended = counts.failed > 0 ? 'failed' : counts.cancelled > 0 ? 'cancelled' : 'completed';
  return {
    ...{ id, name, plugin, data: decodeJson(data), counts, error },
    status: closed === 0 ? 'open' : endedAt === null ? 'running' : ended,
    callbacks: NAMES.flatMap((on) => {
      const job = callbacks[on];
      return job ? [{ on: CALLBACKS[on], type: job.type, jobId: called[on] ?? null }] : [];
    }),
    task: task === null ? null : 'cancel' in (JSON.parse(task) as Task) ? 'cancel' : 'retry',
    createdAt: iso(createdAt),
    endedAt: endedAt === null ? null : iso(endedAt),
  };
}
