// Batches: adds and fills them, adds their callbacks when they are due, and works on all their jobs in passes. Also looks at what is marked.
import { type AddOptions, type Batch, type BatchEnd, JobsError, type NewBatch, type NewJob } from '@phraseworks/sdk';
import type { BatchCounts, BatchInfo } from '@phraseworks/sdk/contract';
import { z } from 'zod';
import { batchId } from '../../job/link.ts';
import { Clock, iso } from '../../kernel/clock.ts';
import { messageOf } from '../../kernel/errors.ts';
import { readFields } from '../../kernel/fields.ts';
import { DATA_LIMITS, decodeJson, encodeJson } from '../../kernel/json.ts';
import { Log } from '../../kernel/logger.ts';
import { Rounds } from '../../kernel/rounds.ts';
import { BatchStore, callbacksOf, type StoredCallback, type Task } from '../../store/links/batches.ts';
import { Links, type Batch as StoredBatch } from '../../store/links/links.ts';
import { type AddContext, refusal } from '../admission.ts';
import { JobActions } from '../job-actions.ts';
import { Queue } from '../queue.ts';

/** Jobs of a batch that one round cancels or queues again. */
const SOME = 100;
/** Milliseconds between two rounds while there is more to do. */
const PAUSE = 1;
const NOTHING: BatchCounts = { total: 0, completed: 0, failed: 0, cancelled: 0 };
const CALLBACKS = { end: 'onEnd', success: 'onSuccess', failure: 'onFailure' } as const;

const callback = z.union([z.string(), z.looseObject({ type: z.string() })]).optional();
const BatchSchema = z.object({
  name: z.string().min(1).max(190),
  data: z.unknown().optional(),
  open: z.boolean().optional(),
  start: z.literal('closed').optional(),
  ...{ onEnd: callback, onSuccess: callback, onFailure: callback },
});

/** Who adds, in the transaction of the options or the one that the caller is in. */
type ContextOf = (options?: AddOptions) => AddContext;

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
    for (const id of [...this.#touched]) {
      this.#touched.delete(id);
      const [batch] = await store.list({ id });
      if (!batch) continue;
      // First, since a retry takes back that a job has failed.
      await this.#end(batch);
      if (batch.task === null) continue;
      await this.#goOn(batch, JSON.parse(batch.task) as Task);
      this.#touched.add(id);
    }
    return this.#touched.size > 0 ? PAUSE : Math.max(next - clock.now(), PAUSE);
  }

  /** Adds the callbacks that are due, and ends the batch. */
  async #end(batch: StoredBatch): Promise<void> {
    const { store, queue, log } = this.needs;
    const { id, name, plugin } = batch;
    const due = await store.due(batch);
    if (!due) return;
    let error: string | null = null;
    for (const { on } of due.wanted)
      await store
        .call(id, on, async (job, data, trx) => (await queue.add({ ...job, data } as NewJob, { plugin, trx })).id)
        .catch((thrown: unknown) => {
          error = `${CALLBACKS[on]}: ${messageOf(thrown)}`;
        });
    await store.end(id, error);
    if (error === null || this.#warned.has(id)) return;
    this.#warned.add(id);
    log.error(`The batch "${name}" (${id}) cannot add its job ${error} It is tried again.`);
  }

  /** Does the next part of what is done to all jobs of a batch. */
  async #goOn(batch: StoredBatch, task: Task): Promise<void> {
    const { store, actions } = this.needs;
    const { is, by, after } = task;
    const jobs = await store.members(batch.id, is === 'cancel' ? null : 'failed', after, SOME);
    if (is === 'cancel') await store.cancel(jobs, by);
    else
      for (const job of jobs)
        await actions.retry(job, { by }).catch((error: unknown) => {
          if (!(error instanceof JobsError) || error.code === 'UNAVAILABLE') throw error;
        });
    await store.setTask(batch, jobs.length < SOME ? null : { ...task, after: jobs.at(-1) ?? '' });
  }

  async add(given: NewBatch, jobs: readonly NewJob[], contextOf: ContextOf, options?: AddOptions): Promise<Batch> {
    const { clock, queue } = this.needs;
    const context = contextOf(options);
    readFields(BatchSchema, given, 'batch');
    const { name } = given;
    const data = encodeJson(given.data ?? null, 'data', DATA_LIMITS);
    if (!data.ok) throw refusal([data.error], data.tooLarge);
    const callbacks: StoredCallback[] = [];
    for (const on of ['end', 'success', 'failure'] as const) {
      const one = given[CALLBACKS[on]];
      if (one === undefined) continue;
      const job = typeof one === 'string' ? { type: one } : one;
      const end: BatchEnd = { batch: batchId(''), name, data: decodeJson(data.text), counts: NOTHING };
      await queue.check({ ...job, data: end } as NewJob, `${CALLBACKS[on]}.`);
      callbacks.push({ on, job, jobId: null });
    }
    const row: StoredBatch = {
      id: batchId(queue.nextId()),
      name,
      plugin: context.plugin,
      data: data.text,
      callbacks: JSON.stringify(callbacks),
      startsClosed: given.start === 'closed' ? 1 : 0,
      closed: given.open ? 0 : 1,
      createdAt: clock.now(),
      endedAt: null,
      counts: null,
      error: null,
      task: null,
    };
    const waits = row.startsClosed === 1 && row.closed === 0;
    const added = await queue.addMany(jobs, { ...context, batch: { id: row.id, row, waits } });
    const total = new Set(added.map(({ id }) => id)).size;
    return this.#handle(row, { ...NOTHING, total }, contextOf);
  }

  /** Null if it does not exist. */
  async get(id: string, contextOf: ContextOf): Promise<Batch | null> {
    const [found] = await this.#read({ id });
    return found ? this.#handle(...found, contextOf) : null;
  }

  /** Newest first, or one. */
  async list(which: Parameters<BatchStore['list']>[0]): Promise<BatchInfo[]> {
    return (await this.#read(which)).map((found) => infoOf(...found));
  }

  async #read(which: Parameters<BatchStore['list']>[0]): Promise<[StoredBatch, BatchCounts][]> {
    const { store } = this.needs;
    const rows = await store.list(which);
    const counts = await store.counts(rows);
    return rows.map((row) => [row, counts.get(row.id) ?? NOTHING]);
  }

  /** Begins to cancel all its jobs, or to retry those that failed; what is left goes on by itself. */
  async begin(id: string, is: Task['is'], by: string | null): Promise<void> {
    if (!(await this.needs.store.begin(id, { is, by, after: '' }))) throw notThere();
  }

  #handle(row: StoredBatch, counts: BatchCounts, contextOf: ContextOf): Batch {
    const { id } = row;
    const { queue, store } = this.needs;
    const { plugin } = contextOf();
    const batch = { id, row: null, waits: row.startsClosed === 1 };
    return {
      ...infoOf(row, counts),
      add: (jobs, options) => queue.addMany(jobs, { ...contextOf(options), batch }),
      addGraph: (jobs, options) => queue.addGraph(jobs, { ...contextOf(options), batch }) as never,
      close: async () => {
        if (!(await store.close(id))) throw notThere();
      },
      cancel: () => this.begin(id, 'cancel', plugin),
      retryFailed: () => this.begin(id, 'retry', plugin),
    };
  }
}

export const notThere = (): JobsError => new JobsError('NOT_FOUND', 'Unknown batch.');

function infoOf(row: StoredBatch, counts: BatchCounts): BatchInfo {
  const { id, name, plugin, data, closed, endedAt, error, task, createdAt } = row;
  const ended = counts.failed > 0 ? 'failed' : counts.cancelled > 0 ? 'cancelled' : 'completed';
  return {
    ...{ id, name, plugin, data: decodeJson(data), counts, error },
    status: closed === 0 ? 'open' : endedAt === null ? 'running' : ended,
    callbacks: callbacksOf(row).map(({ on, job, jobId }) => ({ on, type: job.type, jobId })),
    task: task === null ? null : (JSON.parse(task) as Task).is,
    createdAt: iso(createdAt),
    endedAt: endedAt === null ? null : iso(endedAt),
  };
}
