// Keeps the tables correct and small: leases, dead workers, retention, counts. Every pass is bounded. Only this file deletes jobs.

import { type Kysely, type SelectQueryBuilder, sql } from 'kysely';
import { STEPS, type StoredState } from '../job/lifecycle.ts';
import type { JobRecord } from '../job/record.ts';
import { Needing } from '../kernel/container.ts';
import { idFrom } from '../kernel/id.ts';
import { Signal } from '../kernel/signal.ts';
import type { Changes } from './changes.ts';
import { FIRST_OWN_SHARD } from './host-transactions.ts';
import { Ledger } from './ledger.ts';
import type { Database } from './schema.ts';
import { type HeldJob, held } from './shared-statements.ts';
import { movable, PASS_SIZE, type Picker } from './transition.ts';
import type { Tx } from './tx.ts';

/** Finished jobs that are not kept any longer. */
export interface OldJobs {
  state: string;
  type: string;
  priority: number;
  /** They ended before. */
  before: number;
  /** The last one that was looked at. */
  after: string;
}

export class Maintenance extends Needing<typeof Maintenance.needs> {
  static readonly needs = { ledger: Ledger };
  /** Emits ids of removed jobs; listeners remove what else belongs to them. */
  readonly removed = new Signal<readonly string[]>();
  readonly #held = held(this.needs.ledger.dialect.db);

  /** Renews all jobs of this node in one statement; returns what it still holds. `beat` writes its heartbeat. */
  async renew(node: string, leaseUntil: () => number, beat: (tx: Tx) => Promise<unknown>): Promise<HeldJob[]> {
    return this.needs.ledger.transact(async (tx) => {
      const held = await this.needs.ledger.dialect.statements.renew(tx, { node, leaseUntil });
      await beat(tx);
      return held;
    });
  }

  /** Omits jobs of this node that another process has cancelled. */
  async held(node: string): Promise<HeldJob[]> {
    return this.needs.ledger.dialect.read(this.#held, { node });
  }

  /**
   * Looks at the next finished jobs in the order of their adding, one page of the claim index, and removes those that ended early enough, with
   * everything that belongs to them. Returns their ids, and the last job it looked at if more may follow.
   */
  async removeFinished(old: OldJobs): Promise<{ removed: string[]; last: string | null }> {
    const { dialect } = this.needs.ledger;
    const { state, type, priority, before, after } = old;
    const page = sql<{
      id: string;
      at: number;
    }>`select id, finished_at as at from ${dialect.jobsAlong('pwj_jobs_claim')}
      where state = ${state} and type = ${type} and priority = ${priority} and id > ${after} and id < ${idFrom(before)}
      order by id limit ${sql.lit(PASS_SIZE)}`;
    const { rows } = await page.execute(dialect.reader);
    const ids = rows.flatMap(({ id, at }) => (at < before ? [id] : []));
    const select = ({ db }: Tx) =>
      removable(db)
        .where('id', 'in', ids)
        .where('finished_at', '<', before)
        .where((e) => e.or([e('lease_until', 'is', null), e('lease_until', '<', before)]))
        .where(isNotNeeded);
    const removed = ids.length === 0 ? [] : await this.#remove(select);
    return { removed, last: rows.length < PASS_SIZE ? null : (rows.at(-1)?.id ?? null) };
  }

  /** Removes a job. False if it does not exist, runs, or was cancelled and its attempt is still ending. `from`: only while it is in one of these states. */
  async removeOne(id: string, now: number, from?: readonly StoredState[]): Promise<boolean> {
    const removed = await this.#remove(({ db }) =>
      removable(db)
        .where('id', '=', id)
        .where('state', from ? 'in' : '!=', from ?? 'processing')
        .where((e) => e.or([e('lease_until', 'is', null), e('lease_until', '<', now)])),
    );
    return removed.length === 1;
  }

  /** Removes the jobs of a plugin, at most one pass; not those whose type another plugin, or `others`, owns by now, and none that runs. */
  removeOfPlugin(plugin: string, others: readonly string[]): Promise<string[]> {
    return this.#remove(({ db }) => {
      const query = removable(db)
        .where('plugin', '=', plugin)
        .where('state', '!=', 'processing')
        .where('type', 'not in', db.selectFrom('pwj_types').select('type').where('plugin', '!=', plugin));
      return others.length > 0 ? query.where('type', 'not in', [...others]) : query;
    });
  }

  /** Removes the selected jobs; resolves when the listeners have removed what else belongs to them. */
  async #remove(select: (tx: Tx) => SelectQueryBuilder<Database, 'pwj_jobs', Removable>): Promise<string[]> {
    const ids = await this.needs.ledger.transact(async (tx, changes) => {
      const rows = await tx.locked(select(tx)).execute();
      await this.#removeJobs(tx, changes, rows);
      return rows.map((row) => row.id);
    });
    if (ids.length > 0) await this.removed.emitAndWait(ids);
    return ids;
  }

  async #removeJobs(tx: Tx, changes: Changes, rows: readonly Removable[]): Promise<void> {
    if (rows.length === 0) return;
    const ids = rows.map((row) => row.id);
    await tx.db.deleteFrom('pwj_jobs').where('id', 'in', ids).execute();
    for (const row of rows) changes.removed(row.state, row);
    // Who follows the jobs still finds what else is stored of them.
    await this.needs.ledger.follow(tx, changes);
    for (const table of BELONGING) await tx.db.deleteFrom(table).where('job_id', 'in', ids).execute();
    // Its own row, which proves that a commit with a lost answer is stored.
    changes.announce('jobs');
  }

  /** Removes commits of events older than `before`, except the newest one, and none behind one that stays: a client could not notice that they are gone. */
  async pruneEvents(before: number): Promise<number> {
    return this.needs.ledger.transact(async ({ db }) => {
      // The oldest rows regardless of time: a condition on it would scan all of them if none is old.
      const rows = await db.selectFrom('pwj_events').select(['seq', 'at']).orderBy('seq').limit(PASS_SIZE).execute();
      const last = db.selectFrom('pwj_events').select((e) => e.fn.max('seq').as('seq'));
      const newest = await last.executeTakeFirst();
      const stays = rows.findIndex((row) => row.at >= before || row.seq === newest?.seq);
      const seqs = rows.slice(0, stays === -1 ? rows.length : stays).map((row) => row.seq);
      if (seqs.length > 0) await db.deleteFrom('pwj_events').where('seq', 'in', seqs).execute();
      return seqs.length;
    });
  }

  /** Merges the counts that transactions of the host have left into those of this process; costs one read if there are none. */
  async foldCounts(): Promise<void> {
    const own = (db: Kysely<Database>) =>
      db.selectFrom('pwj_counts').selectAll().where('shard', '>=', FIRST_OWN_SHARD).limit(PASS_SIZE);
    const { dialect } = this.needs.ledger;
    if (dialect.ordered || (await own(dialect.reader).execute()).length === 0) return;
    await this.needs.ledger.transact(async (tx, changes) => {
      // Each is updated without a lock, and only if it still exists.
      for (const { state, type, shard, n } of await own(tx.db).execute()) {
        const gone = await tx.db
          .deleteFrom('pwj_counts')
          .where('state', '=', state)
          .where('type', '=', type)
          .where('shard', '=', shard)
          .executeTakeFirst();
        if (gone.numDeletedRows === 1n) changes.count(state as StoredState, type, n);
      }
    });
  }
}

/** Where rows of jobs are. */
const BELONGING = [
  'pwj_attempts',
  'pwj_logs',
  'pwj_history',
  'pwj_receipts',
  'pwj_keys',
  'pwj_key_answers',
  'pwj_deadlines',
  'pwj_about',
] as const;

/** The next jobs of a pass that removes jobs. */
const removable = (db: Kysely<Database>) => db.selectFrom('pwj_jobs').select(['id', 'type', 'state']).limit(PASS_SIZE);

/** No job that has not ended waits for it, nor a batch that it belongs to: they would miss its end, or its result. */
const isNotNeeded = sql<boolean>`not exists (
  select 1 from pwj_links l left join pwj_jobs t on t.id = l.target left join pwj_batches b on b.id = l.target
  where l.source = pwj_jobs.id
    and (l.outcome is null or (b.id is not null and b.ended_at is null) or t.state not in ('completed', 'failed', 'cancelled')))`;

type Removable = Pick<JobRecord, 'id' | 'type' | 'state'>;

/** Running jobs with an expired lease, except those in `own`: a paused process has not died. */
export const expired =
  (now: number, own: string): Picker =>
  (db) =>
    movable(db)
      .where('state', '=', STEPS.claim.to)
      .where('lease_until', '<', now)
      .where((e) => e.or([e('node', 'is', null), e('node', '!=', own)]))
      .execute();

/** Running jobs of these nodes. */
export const heldBy =
  (nodes: readonly string[]): Picker =>
  async (db) =>
    nodes.length === 0 ? [] : movable(db).where('state', '=', STEPS.claim.to).where('node', 'in', nodes).execute();
