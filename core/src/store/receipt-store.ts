// Receipts: steps of a job that must not be repeated. Only the attempt that holds the job writes them.
import type { Receipt } from '@phraseworks/sdk';
import type { Kysely } from 'kysely';
import type { ClaimToken, JobRecord } from '../job/record.ts';
import { iso } from '../kernel/clock.ts';
import type { HostTransactions } from './host-transactions.ts';
import type { Database } from './schema.ts';
import type { Tx } from './tx.ts';
import type { WriteQueue } from './write-queue.ts';

/** The most per job in one list. */
const MOST_SHOWN = 10_000;

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
    const { id, node, run } = claim;
    return this.#write(claim, async (tx): Promise<Opened> => {
      const query = tx.db
        .selectFrom('pwj_jobs as j')
        .leftJoin('pwj_receipts as r', (join) => join.onRef('r.job_id', '=', 'j.id').on('r.key', '=', key))
        .select(['r.state', 'r.result', 'r.attempt', 'r.run'])
        .where('j.id', '=', id)
        .where('j.node', '=', node)
        .where('j.run', '=', run)
        .where('j.state', '=', 'processing');
      const found = await tx.locked(query).executeTakeFirst();
      if (!found) return { state: 'lost' };
      if (found.state === 'done') return { state: 'done', result: found.result };
      const left = found.state === null || found.run === run ? null : found.attempt;
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

const own = (tx: Tx, jobId: string, key: string) =>
  tx.db.updateTable('pwj_receipts').where('job_id', '=', jobId).where('key', '=', key);

/** Of one job, by key, at most 10,000. An open one whose attempt no longer runs is uncertain. */
export async function receiptsOf(
  db: Kysely<Database>,
  job: Pick<JobRecord, 'id' | 'state' | 'run'>,
): Promise<Receipt[]> {
  const rows = await db
    .selectFrom('pwj_receipts')
    .select(['key', 'state', 'attempt', 'run', 'at'])
    .where('job_id', '=', job.id)
    .orderBy('key')
    .limit(MOST_SHOWN)
    .execute();
  return rows.map(({ key, state, attempt, run, at }) => {
    const runs = job.state === 'processing' && run === job.run;
    return { key, state: state === 'done' ? 'done' : runs ? 'pending' : 'uncertain', attempt, at: iso(at) };
  });
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
