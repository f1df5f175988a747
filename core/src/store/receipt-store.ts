// Receipts: one row for each step of a job, of those that must not be repeated and of those that wait. Only the attempt that holds the job writes
// them, except signals. A signal locks its job before its row, as the settlement of the attempt that waits does, so that it comes before the job
// is blocked and is found, or after it and readies the job.
import { randomBytes } from 'node:crypto';
import { JobsError, type Receipt } from '@phraseworks/sdk';
import type { Node } from '@phraseworks/sdk/secrets';
import type { ExpressionBuilder, Kysely } from 'kysely';
import { FOR_SIGNAL, isFinal, publicState, STEPS, type StoredState } from '../job/lifecycle.ts';
import type { ClaimToken, JobRecord } from '../job/record.ts';
import { Clock, iso } from '../kernel/clock.ts';
import { Needing } from '../kernel/container.ts';
import { notFound } from '../kernel/errors.ts';
import { decodeJson } from '../kernel/json.ts';
import type { Changes, Moved } from './changes.ts';
import { HostTransactions } from './host-transactions.ts';
import { type Follower, Ledger } from './ledger.ts';
import { firstMeta, LINKS_KEY, metaOf } from './meta.ts';
import { type Database, insertRow, type Row } from './schema.ts';
import { leave, locked, type Movable, type Move, Transition } from './transition.ts';
import type { Tx } from './tx.ts';
import { WriteQueue } from './write-queue.ts';

/** The most per job in one list. */
const MOST_SHOWN = 10_000;

/** What is stored of a step that waits, as its result. */
export interface Waits {
  until: number | null;
  /** The JSON Schema of the data; null: any. */
  schema: Node | null;
}

export type StoredStep = Omit<Row<'pwj_receipts'>, 'jobId' | 'key'>;

/** What the receipt of a step means to the attempt that comes to it, and what it is from then on, if that changes. */
export interface Decision<T> {
  answer: T;
  becomes?: Pick<StoredStep, 'state'> & Partial<StoredStep>;
}

export interface SentSignal {
  id: string;
  key: string;
  /** JSON text. */
  data: string;
  by: string | null;
  /** If it comes by a link: the start of the job that the link belongs to. */
  link?: number;
  /** Throws if the data does not fit. */
  check(schema: Node | null): void;
}

/** The state of a job that has the step `key` in this state, which is null without it. */
export interface StepAt extends Waits {
  state: string | null;
  jobState: StoredState;
}

export const linkClosed = (message: string): JobsError => new JobsError('LINK_CLOSED', message);

export const ofEarlierRun = (): JobsError =>
  linkClosed('It belongs to an earlier run of its job, which was started over. Each run has links of its own.');

const REFUSED: Record<string, string> = {
  sent: 'has come already',
  over: 'is too late: the time of its wait is over',
  asleep: 'is not expected: the job sleeps until a time',
};

export class ReceiptStore extends Needing<typeof ReceiptStore.needs> implements Follower {
  static readonly needs = {
    ledger: Ledger,
    moves: Transition,
    writes: WriteQueue,
    transactions: HostTransactions,
    clock: Clock,
  };

  /** Is the caller in the transaction of this attempt? Its receipts then belong to that. */
  isJoined(claim: ClaimToken): boolean {
    return this.needs.transactions.ofAttempt(claim) !== null;
  }

  async #write<T>(claim: ClaimToken, op: (tx: Tx) => Promise<T>): Promise<T> {
    const joined = this.needs.transactions.ofAttempt(claim);
    return joined ? op(joined) : this.needs.writes.write(op);
  }

  /** Undefined if the attempt no longer holds its job. Resolves after the commit. */
  step<T>(
    { claim, attempt }: { claim: ClaimToken; attempt: number },
    key: string,
    decide: (found: StoredStep | null, now: number) => Decision<T>,
  ): Promise<T | undefined> {
    const { id, run } = claim;
    return this.#write(claim, async (tx) => {
      const held = await heldReceipt(tx, claim, key);
      if (!held) return undefined;
      const now = this.needs.clock.now();
      const { answer, becomes } = decide(held.state === null ? null : (held as StoredStep), now);
      if (becomes) await put(tx, { jobId: id, key, result: null, attempt, run, at: now, ...becomes });
      return answer;
    });
  }

  /**
   * Records that the effect is done; false if the attempt no longer holds its job. It is still recorded unless a later attempt has started,
   * because the job may have been cancelled or given up while its processor went on.
   */
  close(claim: ClaimToken, key: string, result: string | null): Promise<boolean> {
    const { id, node, run } = claim;
    return this.#write(claim, async (tx) => {
      const query = tx.db.selectFrom('pwj_jobs').select('state').where('id', '=', id).where('node', '=', node);
      const job = await tx.locked(query.where('run', '=', run)).executeTakeFirst();
      if (!job) return false;
      const own = tx.db.updateTable('pwj_receipts').where('job_id', '=', id).where('key', '=', key);
      await own.where('run', '=', run).set({ state: 'done', result, at: this.needs.clock.now() }).execute();
      return job.state === 'processing';
    });
  }

  /** Records that the effect was not done. Does nothing if a later attempt took over the receipt. */
  async drop(claim: ClaimToken, key: string): Promise<void> {
    const { id, run } = claim;
    await this.#write(claim, ({ db }) => {
      const own = db.deleteFrom('pwj_receipts').where('job_id', '=', id).where('key', '=', key);
      return own.where('run', '=', run).where('state', '=', 'pending').execute();
    });
  }

  /** Throws `JOB_NOT_FOUND`, `INVALID_STATE`, for a link `LINK_CLOSED`, and what `check` throws. */
  async send({ id, key, data, by, link, check }: SentSignal, trx?: unknown): Promise<void> {
    const { ledger, moves, transactions, clock } = this.needs;
    const store = async (tx: Tx, changes: Changes): Promise<string> => {
      const [job] = await locked(tx, [id]);
      if (!job) throw notFound();
      if (link !== undefined && (await this.startOf(id, tx.db)) !== link) throw ofEarlierRun();
      if (isFinal(publicState(job.state)))
        throw new JobsError('INVALID_STATE', `A job that has ended takes no signals; this one is ${job.state}.`);
      const query = tx.db.selectFrom('pwj_receipts').select(['state', 'result']);
      // The snapshot of a joined transaction may be older than the receipt.
      const found = await tx.locked(query.where('job_id', '=', id).where('key', '=', key)).executeTakeFirst();
      if (found && found.state !== 'waiting') {
        leave(changes, job);
        return `The signal ${REFUSED[found.state] ?? 'is not expected: its key is that of another step'}.`;
      }
      if (found) check(readWaits(found.result).schema);
      const { attempt, run } = job;
      const at = clock.now();
      const sent = { state: 'sent', result: data, attempt, run, at };
      // A transaction of the host writes in the words of its engine, which may have no upsert of this kind.
      if (!found) await insertRow(tx.db, 'pwj_receipts', { jobId: id, key, ...sent }).execute();
      else await tx.db.updateTable('pwj_receipts').set(sent).where('job_id', '=', id).where('key', '=', key).execute();
      if (job.reason === FOR_SIGNAL) await moves.write(tx, changes, [[job, { ...readied(key, at), by }]]);
      return '';
    };
    const joined = trx === undefined ? null : await transactions.change(trx, 'signalJob() was called', store);
    const refusal = joined ?? (await ledger.transact(store));
    if (refusal !== '') throw link === undefined ? new JobsError('INVALID_STATE', refusal) : linkClosed(refusal);
  }

  /** Readies those that have just begun to wait, whose signal came before that. */
  async follow(tx: Tx, changes: Changes, moved: readonly Moved[]): Promise<void> {
    const waits = new Map(moved.flatMap(({ id, waits: keys }) => (keys ? [[id, keys] as const] : [])));
    if (waits.size === 0) return;
    const sent = tx.db.selectFrom('pwj_receipts').select(['job_id as id', 'key']).where('state', '=', 'sent');
    const rows = await sent.where('job_id', 'in', [...waits.keys()]).execute();
    const came = new Map(rows.flatMap(({ id, key }) => (waits.get(id)?.includes(key) ? [[id, key] as const] : [])));
    if (came.size === 0) return;
    const at = this.needs.clock.now();
    const jobs = await locked(tx, [...came.keys()].sort());
    const plan = jobs.map((job): [Movable, Move] => [job, readied(came.get(job.id) ?? '', at)]);
    await this.needs.moves.write(tx, changes, plan);
  }

  /** Undefined if there is no such job. */
  async at(id: string, key: string): Promise<StepAt | undefined> {
    const row = await this.needs.ledger.dialect.reader
      .selectFrom('pwj_jobs as j')
      .leftJoin('pwj_receipts as r', (join) => join.onRef('r.job_id', '=', 'j.id').on('r.key', '=', key))
      .select(['j.state as jobState', 'r.state', 'r.result'])
      .where('j.id', '=', id)
      .executeTakeFirst();
    if (!row) return undefined;
    const { jobState, state, result } = row;
    return { jobState, state, ...readWaits(state === 'waiting' ? result : null) };
  }

  /** The completed run after which someone started the job over, without receipts; 0 if nobody has. Other retries go on where the job was. */
  async startOf(id: string, db = this.needs.ledger.dialect.reader): Promise<number> {
    const query = db
      .selectFrom('pwj_attempts')
      .select((e) => e.fn.max('run').as('run'))
      .where('job_id', '=', id);
    return Number((await query.where('outcome', '=', STEPS.complete.outcome).executeTakeFirst())?.run ?? 0);
  }

  /** What links are signed with, the same in all processes. Made for the first link, so that a move may bring that of another database. */
  async linkSecret(): Promise<string> {
    const { ledger } = this.needs;
    const known = await metaOf(ledger.dialect.reader, LINKS_KEY);
    if (known !== undefined) return known;
    await ledger.transact(({ db }) => firstMeta(db, LINKS_KEY, randomBytes(32).toString('base64url')));
    return this.linkSecret();
  }
}

const readied = (key: string, at: number): Move => ({ step: 'signal', at, reason: key, set: { run_at: null } });

async function put({ db }: Tx, row: Row<'pwj_receipts'>): Promise<void> {
  const { jobId: _job, key: _key, ...values } = row;
  await insertRow(db, 'pwj_receipts', row)
    .onConflict((c) => c.columns(['job_id', 'key']).doUpdateSet(values))
    .execute();
}

/** The receipt of a step, if there is one, and its job locked; undefined if the claim is lost. */
function heldReceipt(tx: Tx, { id, node, run }: ClaimToken, key: string) {
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
