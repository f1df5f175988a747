// The tables of keys. A transaction decides about a key only while it holds the key's row in pwj_key_heads.
import type { AddOutcome } from '@phraseworks/sdk';
import { FOR_SIGNAL, FOR_TIME, STEPS } from '../../job/lifecycle.ts';
import type { Dialect } from '../dialect.ts';
import { type Prepared, prepare } from '../prepared.ts';
import { columnsOf, insertRow, type Row, selected } from '../schema.ts';
import type { KnownKey } from '../shared-statements.ts';
import { movable } from '../transition.ts';
import type { Tx } from '../tx.ts';
import type { Last } from './decide.ts';

export type Head = Row<'pwj_key_heads'>;

export class KeyRows {
  readonly #dialect: Dialect;
  /** What is null stays as it is. */
  readonly heads: Prepared<Head>;
  readonly jobs: Prepared<Omit<Row<'pwj_keys'>, 'seq'>>;
  readonly answers: Prepared<Row<'pwj_key_answers'>>;

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
    const { db } = dialect;
    this.heads = prepare((p) =>
      insertRow(db, 'pwj_key_heads', p).onConflict((c) =>
        c.column('name').doUpdateSet(({ fn: { coalesce }, ref }) => ({
          last_job: coalesce(ref('excluded.last_job'), 'pwj_key_heads.last_job'),
          first_job: coalesce(ref('excluded.first_job'), 'pwj_key_heads.first_job'),
          until: coalesce(ref('excluded.until'), 'pwj_key_heads.until'),
        })),
      ),
    );
    this.jobs = prepare((p) => insertRow(db, 'pwj_keys', p, ['jobId', 'name', 'key', 'addedAt', 'active']));
    this.answers = prepare((p) => insertRow(db, 'pwj_key_answers', p));
  }

  /** Waits for keys that others hold; always in the same order. */
  async lock(tx: Tx, names: Iterable<string>): Promise<Head[]> {
    const sorted = [...new Set(names)].sort();
    await tx.insertAll(
      this.heads,
      sorted.map((name) => ({ name, lastJob: null, firstJob: null, until: null })),
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
    const jobs = await tx.locked(openJobs(tx, now).where('j.id', 'in', ids).orderBy('j.id')).execute();
    return new Map(jobs.map((job) => [job.id, job]));
  }

  /** The last job of a key that has not ended. */
  async last(tx: Tx, name: string, now: number): Promise<Last | null> {
    const jobs = openJobs(tx, now).where('k.name', '=', name).orderBy('k.seq', 'desc').limit(1);
    return (await tx.locked(jobs).executeTakeFirst()) ?? null;
  }

  /** The first job of a key that is not known to have ended, and whether others are behind it. `job`: undefined if it is gone. */
  async first(tx: Tx, name: string) {
    const query = tx.db.selectFrom('pwj_keys').select('job_id as id').where('name', '=', name).where('active', '=', 1);
    const [first, next] = await tx.locked(query.orderBy('seq').limit(2)).execute();
    if (!first) return null;
    const job = await tx.locked(movable(tx.db).select('error').where('id', '=', first.id)).executeTakeFirst();
    return { id: first.id, job, isFollowed: next !== undefined };
  }

  /** The keys of these jobs. */
  named({ db }: Tx, ids: readonly string[]): Promise<{ id: string; name: string; active: number }[]> {
    const query = db.selectFrom('pwj_keys').select(['job_id as id', 'name', 'active']);
    return query.where('job_id', 'in', ids).execute();
  }

  async setActive({ db }: Tx, ids: readonly string[], active: 0 | 1): Promise<void> {
    if (ids.length > 0) await db.updateTable('pwj_keys').set({ active }).where('job_id', 'in', ids).execute();
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

  /** The next keys, with the first of their jobs that is not known to have ended. */
  page(above: string, limit: number) {
    return this.#dialect.reader
      .selectFrom('pwj_key_heads as h')
      .leftJoin('pwj_keys as k', (join) =>
        join.on('k.seq', '=', (e) =>
          e
            .selectFrom('pwj_keys as f')
            .select('f.seq')
            .whereRef('f.name', '=', 'h.name')
            .where('f.active', '=', 1)
            .orderBy('f.seq')
            .limit(1),
        ),
      )
      .leftJoin('pwj_jobs as j', 'j.id', 'k.job_id')
      .select(['h.name', 'h.until', 'j.state', 'j.reason', 'j.lease_until as leaseUntil'])
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
const openJobs = ({ db }: Tx, now: number) =>
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
    .where('k.active', '=', 1)
    .where((e) => e.or([e('j.state', 'not in', STEPS.requeue.from), e('j.lease_until', '>', now)]));
