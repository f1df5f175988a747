// The tables of keys. A transaction decides about a key only while it holds the key's row in pwj_key_heads.
import type { AddOutcome } from '@phraseworks/sdk';
import { FOR_SIGNAL, FOR_TIME, STEPS } from '../../job/lifecycle.ts';
import type { JobRecord } from '../../job/record.ts';
import type { Dialect } from '../dialect.ts';
import { type Prepared, prepare } from '../prepared.ts';
import { columnsOf, insertRow, type Row, selected } from '../schema.ts';
import type { KnownKey } from '../shared-statements.ts';
import { type Movable, movable } from '../transition.ts';
import type { Tx } from '../tx.ts';
import type { Last } from './decide.ts';

export type Head = Row<'pwj_key_heads'>;
type From = Pick<Head, 'name' | 'holder'> & { now: number };

type KeyedJob = Movable & Pick<JobRecord, 'error'>;

/** For `heads`. */
export const UNCHANGED = { holder: null, lastJob: null, firstJob: null, until: null };

export class KeyRows {
  readonly #dialect: Dialect;
  /** What is null stays as it is. */
  readonly heads: Prepared<Head>;
  readonly jobs: Prepared<Omit<Row<'pwj_keys'>, 'seq'>>;
  readonly answers: Prepared<Row<'pwj_key_answers'>>;
  readonly #first: Prepared<From, { id: string }>;

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
    const { db } = dialect;
    this.heads = prepare((p) =>
      insertRow(db, 'pwj_key_heads', p).onConflict((c) =>
        c.column('name').doUpdateSet(({ fn: { coalesce }, ref }) => ({
          holder: coalesce(ref('excluded.holder'), 'pwj_key_heads.holder'),
          last_job: coalesce(ref('excluded.last_job'), 'pwj_key_heads.last_job'),
          first_job: coalesce(ref('excluded.first_job'), 'pwj_key_heads.first_job'),
          until: coalesce(ref('excluded.until'), 'pwj_key_heads.until'),
        })),
      ),
    );
    this.jobs = prepare((p) => insertRow(db, 'pwj_keys', p, ['jobId', 'name', 'key', 'addedAt']));
    this.answers = prepare((p) => insertRow(db, 'pwj_key_answers', p));
    this.#first = prepare((p) => jobsFrom(db, p).orderBy('k.seq').limit(2));
  }

  /** Waits for keys that others hold; always in the same order. */
  async lock(tx: Tx, names: Iterable<string>): Promise<Head[]> {
    const sorted = [...new Set(names)].sort();
    await tx.insertAll(
      this.heads,
      sorted.map((name) => ({ ...UNCHANGED, name })),
    );
    return tx.locked(headsOf(tx, sorted)).execute();
  }

  /** Leaves out keys that others hold. */
  lockFree(tx: Tx, names: readonly string[]): Promise<Head[]> {
    return tx.unheld(headsOf(tx, names)).execute();
  }

  /** Those of these jobs that have not ended. Locked, so that no claim takes them before this transaction ends. */
  async open(tx: Tx, ids: readonly string[], now: number): Promise<Map<string, Last>> {
    if (ids.length === 0) return new Map();
    const jobs = await tx.locked(openJobs(tx.db, now).where('j.id', 'in', ids).orderBy('j.id')).execute();
    return new Map(jobs.map((job) => [job.id, job]));
  }

  /** The last job of a key that has not ended. */
  async last(tx: Tx, { name, holder }: Head, now: number): Promise<Last | null> {
    const jobs = jobsFrom(tx.db, { name, holder, now }).orderBy('k.seq', 'desc').limit(1);
    return (await tx.locked(jobs).executeTakeFirst()) ?? null;
  }

  /** The first job of a key that has not ended, and the one behind it. Looked for from its holder on. */
  first(tx: Tx, from: From): Promise<{ id: string }[]> {
    return tx.all(this.#first, from);
  }

  /** These jobs, with the error of their last attempt, by their ids. */
  async locked(tx: Tx, ids: readonly string[]) {
    if (ids.length === 0) return new Map<string, KeyedJob>();
    const jobs = movable(tx.db).select('error').where('id', 'in', ids).orderBy('id').limit(ids.length);
    return new Map((await tx.locked(jobs).execute()).map((job) => [job.id, job]));
  }

  /** The keys of these jobs. */
  named({ db }: Tx, ids: readonly string[]): Promise<{ id: string; name: string }[]> {
    return db.selectFrom('pwj_keys').select(['job_id as id', 'name']).where('job_id', 'in', ids).execute();
  }

  async removeHeads({ db }: Tx, names: readonly string[]): Promise<void> {
    if (names.length > 0) await db.deleteFrom('pwj_key_heads').where('name', 'in', names).execute();
  }

  /** What was answered to additions with these idempotency keys that stored no job. */
  async answered({ db }: Tx, keys: readonly string[]): Promise<Map<string, KnownKey>> {
    if (keys.length === 0) return new Map();
    const rows = await db
      .selectFrom('pwj_key_answers')
      .select(['idempotency_key as key', 'job_id as id', 'fingerprint', 'outcome'])
      .where('idempotency_key', 'in', keys)
      .execute();
    return new Map(rows.map(({ key, outcome, ...known }) => [key, { ...known, outcome: outcome as AddOutcome }]));
  }

  /** The next keys, with their holders. */
  page(above: string, limit: number) {
    return this.#dialect.reader
      .selectFrom('pwj_key_heads as h')
      .leftJoin('pwj_jobs as j', 'j.id', 'h.holder')
      .select(['h.name', 'h.until', 'h.holder', 'h.last_job as lastJob'])
      .select(['j.state', 'j.reason', 'j.lease_until as leaseUntil'])
      .where('h.name', '>', above)
      .orderBy('h.name')
      .limit(limit)
      .execute();
  }
}

const headsOf = ({ db }: Tx, names: readonly string[]) =>
  db
    .selectFrom('pwj_key_heads')
    .select(selected(columnsOf('pwj_key_heads')))
    .where('name', 'in', names)
    .orderBy('name');

/** The attempt of a cancelled job may still be ending, at the latest at the end of its lease. */
const openJobs = (db: Tx['db'], now: number) =>
  db
    .selectFrom('pwj_keys as k')
    .innerJoin('pwj_jobs as j', 'j.id', 'k.job_id')
    .select(['j.id', 'j.priority', 'j.run_at as runAt', 'k.added_at as addedAt'])
    // A job that waits at a step has begun, like one that runs.
    .select((e) =>
      e
        .case()
        .when('j.reason', 'in', [FOR_SIGNAL, FOR_TIME])
        .then(STEPS.claim.to)
        .else(e.ref('j.state'))
        .end()
        .as('state'),
    )
    .where((e) => e.or([e('j.state', 'not in', STEPS.requeue.from), e('j.lease_until', '>', now)]));

/** Of a key, those behind its holder and that one. */
const jobsFrom = (db: Tx['db'], { name, holder, now }: From) =>
  openJobs(db, now)
    .where('k.name', '=', name)
    .where('k.seq', '>=', (e) =>
      e.fn.coalesce(e.selectFrom('pwj_keys').select('seq').where('job_id', '=', holder), e.lit(0)),
    );
