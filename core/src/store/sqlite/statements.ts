// SQLite's hot statements: one process writes at a time, and a statement costs microseconds.
import { type Kysely, sql } from 'kysely';
import { STEPS } from '../../job/lifecycle.ts';
import { type ClaimedJob, KEPT } from '../../job/record.ts';
import { HoldsChanged } from '../holds.ts';
import { HOLDS_KEY } from '../meta.ts';
import { type Prepared, prepare } from '../prepared.ts';
import { type Database, selected, withState } from '../schema.ts';
import {
  type ClaimParams,
  type ClaimTheseParams,
  deadlineOf,
  head,
  held,
  type KnownKey,
  type Statements,
  settle,
  sharedStatements,
} from '../shared-statements.ts';
import type { Tx } from '../tx.ts';

/** Statements run in the event loop, some 25 us per claimed job: more jobs per claim would hardly be faster, and requests would wait longer. */
const PREFETCH = 160;

const CLAIM = STEPS.claim;

/** Sorts before every priority. */
const ABOVE_NONE = -1;

type Read = <P, R>(query: Prepared<P, R>, params: P) => Promise<R[]>;

export function sqliteStatements(db: Kysely<Database>, read: Read): Statements {
  const q = {
    byKey: byKey(db),
    head: head(db),
    held: held(db),
    holds: holdsNumber(db),
    readyTypes: readyTypes(db),
    settle: settle(db),
    claimable: claimable(db),
    claim: claim(db),
    readyOne: readyOne(db),
    claimOne: claimOne(db),
    renew: renew(db),
  };
  const unchanged = async (tx: Tx, holds: number): Promise<void> => {
    if (Number((await tx.all(q.holds, {}))[0]?.value) !== holds) throw new HoldsChanged();
  };
  return {
    ...sharedStatements(db),
    prefetch: PREFETCH,
    byKeys: async (tx, keys) => {
      const found = new Map<string, KnownKey>();
      for (const key of keys) {
        const [known] = await tx.all(q.byKey, { key });
        if (known) found.set(key, known);
      }
      return found;
    },
    // One transaction writes at a time.
    keysInUse: async () => [],
    heads: async (types, claim) => {
      const found = new Map<string, number>();
      const above = claim?.above ?? ABOVE_NONE;
      if (claim) await unchanged(claim.tx, claim.holds);
      const rows = claim ? await claim.tx.all(q.readyTypes, {}) : await read(q.readyTypes, {});
      const ready = new Set([...rows.map(({ type }) => type), ...(claim?.fresh ?? [])]);
      for (const type of types) {
        if (!ready.has(type)) continue;
        const [best] = claim ? await claim.tx.all(q.head, { type, above }) : await read(q.head, { type, above });
        if (best) found.set(type, best.priority);
      }
      return found;
    },
    noneReady: async (types, { tx, holds, fresh }) => {
      await unchanged(tx, holds);
      const ready = new Set([...(await tx.all(q.readyTypes, {})).map(({ type }) => type), ...fresh]);
      return !types.some((type) => ready.has(type));
    },
    claim: async (tx, params) => {
      const jobs = await tx.all(q.claimable, params);
      const last = jobs.at(-1)?.id;
      if (last !== undefined) await tx.run(q.claim, { ...params, last });
      return jobs;
    },
    claimThese: async (tx, { ids, ...params }) => {
      await unchanged(tx, params.holds);
      const jobs: ClaimedJob[] = [];
      for (const id of ids) {
        const [job] = await tx.all(q.readyOne, { ...params, id });
        if (!job) continue;
        await tx.run(q.claimOne, { ...params, id });
        jobs.push(job);
      }
      return jobs;
    },
    rewindClaims: () => {},
    settle: async (tx, rows) => (await tx.each(q.settle, rows)).map((n) => n === 1),
    renew: async (tx, { node, leaseUntil }) => {
      await tx.run(q.renew, { node, leaseUntil: leaseUntil() });
      return tx.all(q.held, { node });
    },
  };
}

const holdsNumber = (db: Kysely<Database>): Prepared<object, { value: string }> =>
  prepare(() => db.selectFrom('pwj_meta').select('value').where('key', '=', HOLDS_KEY));

/** Types that count ready jobs, as of the last commit. */
const readyTypes = (db: Kysely<Database>): Prepared<object, { type: string }> =>
  prepare(() =>
    db
      .selectFrom('pwj_counts')
      .select('type')
      .where('state', '=', CLAIM.from[0])
      .groupBy('type')
      .having((e) => e(e.fn.sum('n'), '>', 0)),
  );

const byKey = (db: Kysely<Database>): Prepared<{ key: string }, KnownKey> =>
  prepare((p) => db.selectFrom('pwj_jobs').select(['id', 'fingerprint']).where('idempotency_key', '=', p.key));

/** A ready job, with the values that the claim gives it. */
const ready = (db: Kysely<Database>, now: number) =>
  db
    .selectFrom('pwj_jobs')
    .select(selected(KEPT))
    .select((e) => [
      e('attempt', '+', 1).as('attempt'),
      e('run', '+', 1).as('run'),
      e.val(now).as('startedAt'),
      sql<
        number | null
      >`coalesce(max(run_at, ready_at), run_at, ready_at, case when attempt = 0 then created_at end)`.as('since'),
      sql.raw<number | null>(deadlineOf('waits_until')).as('waitsUntil'),
      sql.raw<number | null>(deadlineOf('give_up_at')).as('giveUpAt'),
    ])
    .where('state', '=', CLAIM.from[0]);

type OfOne = Omit<ClaimTheseParams, 'ids'> & { id: string };

const readyOne = (db: Kysely<Database>): Prepared<OfOne, ClaimedJob> =>
  prepare((p) => ready(db, p.now).where('id', '=', p.id));

/** The oldest ready jobs of a type and priority. */
const claimable = (db: Kysely<Database>): Prepared<ClaimParams, ClaimedJob> =>
  prepare((p) =>
    ready(db, p.now).where('type', '=', p.type).where('priority', '=', p.priority).orderBy('id').limit(p.limit),
  );

const taking = (db: Kysely<Database>, p: Pick<ClaimParams, 'node' | 'leaseUntil' | 'now'>) =>
  withState(db)
    .updateTable('pwj_jobs')
    .set((e) => ({
      state: CLAIM.to,
      run: e('run', '+', 1),
      attempt: e('attempt', '+', 1),
      node: p.node,
      lease_until: p.leaseUntil,
      started_at: p.now,
      progress: null,
      reason: null,
    }))
    .where('state', '=', CLAIM.from[0]);

const claimOne = (db: Kysely<Database>): Prepared<OfOne> => prepare((p) => taking(db, p).where('id', '=', p.id));

/** The same jobs, up to the last one: no other process can write here, and returning the rows costs more than a second statement. */
const claim = (db: Kysely<Database>): Prepared<ClaimParams & { last: string }> =>
  prepare((p) => taking(db, p).where('type', '=', p.type).where('priority', '=', p.priority).where('id', '<=', p.last));

const renew = (db: Kysely<Database>): Prepared<{ node: string; leaseUntil: number }> =>
  prepare((p) =>
    db
      .updateTable('pwj_jobs')
      .set({ lease_until: p.leaseUntil })
      .where('state', '=', CLAIM.to)
      .where('node', '=', p.node),
  );
