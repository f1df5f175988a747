// Receipts: steps of a job that must not be repeated. Only the attempt that holds the job writes them.
import type { Receipt } from '@phraseworks/sdk';
import type { Node } from '@phraseworks/sdk/secrets';
import type { ExpressionBuilder, Kysely } from 'kysely';
import type { ClaimToken, JobRecord } from '../job/record.ts';
import { iso } from '../kernel/clock.ts';
import { decodeJson } from '../kernel/json.ts';
import type { HostTransactions } from './host-transactions.ts';
import type { Database } from './schema.ts';
import type { Tx } from './tx.ts';
import type { WriteQueue } from './write-queue.ts';

/** The most per job in one list. */
const MOST_SHOWN = 10_000;

/** What is stored of a step that waits, as its result. */
export interface Waits {
  until: number | null;
  /** The JSON Schema of the data; null: any. */
  schema: Node | null;
}

export interface Opening {
  claim: ClaimToken;
  key: string;
  attempt: number;
  at: number;
  /** Take over a receipt that an earlier attempt left open. */
  again: boolean;
}

export type Opened =
  /** The attempt no longer holds its job. */
  | { state: 'lost' }
  /** The key is that of a step that sleeps or waits. */
  | { state: 'used' }
  /** `result`: JSON text; null if the result could not be stored. */
  | { state: 'done'; result: string | null }
  /** `left`: the attempt that left it open; null: none. */
  | { state: 'open'; left: number | null };

export class ReceiptStore {
  readonly #writes: WriteQueue;
  readonly #transactions: HostTransactions;

  constructor({ writes, transactions }: { writes: WriteQueue; transactions: HostTransactions }) {
    this.#writes = writes;
    this.#transactions = transactions;
  }

  /** Is the caller in the transaction of this attempt? Its receipts then belong to that. */
  isJoined(claim: ClaimToken): boolean {
    return this.#transactions.ofAttempt(claim) !== null;
  }

  async #write<T>(claim: ClaimToken, op: (tx: Tx) => Promise<T>): Promise<T> {
    const joined = this.#transactions.ofAttempt(claim);
    return joined ? op(joined) : this.#writes.write(op);
  }

  /** Records that the effect is about to be tried; resolves after the commit. A receipt that an earlier attempt left open is also returned as `open`. */
  open({ claim, key, attempt, at, again }: Opening): Promise<Opened> {
    const { id, run } = claim;
    return this.#write(claim, async (tx): Promise<Opened> => {
      const found = await heldReceipt(tx, claim, key);
      if (!found) return { state: 'lost' };
      if (found.state === 'done') return { state: 'done', result: found.result };
      // Nothing waits for a signal that was sent with the key of this step.
      const isFree = found.state === null || found.state === 'sent';
      if (!isFree && found.state !== 'pending') return { state: 'used' };
      const left = isFree || found.run === run ? null : found.attempt;
      if (left !== null && !again) return { state: 'open', left };
      const values = { state: 'pending', result: null, attempt, run, at };
      if (found.state === null) {
        await tx.db
          .insertInto('pwj_receipts')
          .values({ job_id: id, key, ...values })
          .execute();
      } else await own(tx, id, key).set(values).execute();
      return { state: 'open', left };
    });
  }

  /**
   * Records that the effect is done; false if the attempt no longer holds its job. It is still recorded unless a later attempt has started,
   * because the job may have been cancelled or given up while its processor went on.
   */
  close(claim: ClaimToken, key: string, result: string | null, at: number): Promise<boolean> {
    const { id, node, run } = claim;
    return this.#write(claim, async (tx) => {
      const query = tx.db
        .selectFrom('pwj_jobs')
        .select('state')
        .where('id', '=', id)
        .where('node', '=', node)
        .where('run', '=', run);
      const job = await tx.locked(query).executeTakeFirst();
      if (!job) return false;
      await own(tx, id, key).set({ state: 'done', result, at }).where('run', '=', run).execute();
      return job.state === 'processing';
    });
  }

  /** Records that the effect was not done. Does nothing if a later attempt took over the receipt. */
  drop(claim: ClaimToken, key: string): Promise<void> {
    const { id, run } = claim;
    return this.#write(claim, async (tx) => {
      await tx.db
        .deleteFrom('pwj_receipts')
        .where('job_id', '=', id)
        .where('key', '=', key)
        .where('run', '=', run)
        .where('state', '=', 'pending')
        .execute();
    });
  }
}

/** The receipt of a step, if there is one, and its job locked; undefined if the claim is lost. */
export function heldReceipt(tx: Tx, { id, node, run }: ClaimToken, key: string) {
  const query = tx.db
    .selectFrom('pwj_jobs as j')
    .leftJoin('pwj_receipts as r', (join) => join.onRef('r.job_id', '=', 'j.id').on('r.key', '=', key))
    .select(['r.state', 'r.result', 'r.attempt', 'r.run', 'r.at'])
    .where('j.id', '=', id)
    .where('j.node', '=', node)
    .where('j.run', '=', run)
    .where('j.state', '=', 'processing');
  return tx.locked(query).executeTakeFirst();
}

const own = (tx: Tx, jobId: string, key: string) =>
  tx.db.updateTable('pwj_receipts').where('job_id', '=', jobId).where('key', '=', key);

/** Of one job, by key, at most 10,000. An open one whose attempt no longer runs is uncertain. */
export async function receiptsOf(
  db: Kysely<Database>,
  job: Pick<JobRecord, 'id' | 'state' | 'run'>,
): Promise<Receipt[]> {
  const rows = await db
    .selectFrom('pwj_receipts')
    .select((e) => ['key', 'state', 'attempt', 'run', 'at', waitsOf(e).as('waits')])
    .where('job_id', '=', job.id)
    .orderBy('key')
    .limit(MOST_SHOWN)
    .execute();
  return rows.map(({ key, state, attempt, run, at, waits }) => {
    const runs = job.state === 'processing' && run === job.run;
    const shown = { key, attempt, at: iso(at) };
    if (state === 'pending') return { ...shown, state: runs ? 'pending' : 'uncertain' };
    if (waits === null) return { ...shown, state: state === 'sent' ? 'sent' : 'done' };
    const { until, schema } = readWaits(waits);
    return {
      ...shown,
      state: state as Receipt['state'],
      until: until === null ? null : iso(until),
      ...(state === 'waiting' ? { schema } : {}),
    };
  });
}

export function readWaits(result: string | null): Waits {
  const { until = null, schema = null } = (result === null ? {} : (decodeJson(result) ?? {})) as Partial<Waits>;
  return { until, schema };
}

/** The results of steps that sleep or wait; those of others may be large. */
const waitsOf = (e: ExpressionBuilder<Database, 'pwj_receipts'>) =>
  e.case().when('state', 'in', ['asleep', 'waiting']).then(e.ref('result')).end();

/** Someone runs a job that sleeps. */
export async function endSleep({ db }: Tx, id: string, at: number): Promise<void> {
  const asleep = db.updateTable('pwj_receipts').where('job_id', '=', id).where('state', '=', 'asleep');
  await asleep.set({ state: 'over', result: null, at }).execute();
}

/**
 * Called when someone retries jobs. Completed steps of a failed or cancelled job stay; uncertain ones are open again, because the person
 * has checked them. A completed job starts over.
 */
export async function reopenReceipts({ db }: Tx, jobs: readonly Pick<JobRecord, 'id' | 'state'>[]): Promise<void> {
  const remove = (ids: string[]) => db.deleteFrom('pwj_receipts').where('job_id', 'in', ids);
  const [completed, others] = [true, false].map((is) =>
    jobs.filter(({ state }) => (state === 'completed') === is).map(({ id }) => id),
  );
  if (completed?.length) await remove(completed).execute();
  if (others?.length) await remove(others).where('state', '=', 'pending').execute();
}
