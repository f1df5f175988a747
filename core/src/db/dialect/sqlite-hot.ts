// SQLite's own form of the hot statements: one process writes at a time, and a statement costs microseconds.
import { type Kysely, sql } from 'kysely';
import type { ClaimedJob } from '../../jobs/record.ts';
import { type Prepared, prepare } from '../prepared.ts';
import type { AttemptRow, LogRow } from '../rows.ts';
import type { Database } from '../schema.ts';
import type { ClaimParams, CountRow, Hot, KnownKey, TotalRow } from './hot.ts';
import { attempt, CLAIMED, count, head, held, log, pending, settle, total } from './hot-statements.ts';
import { queueRoom } from './queue-room.ts';

type Read = <P, R>(query: Prepared<P, R>, params: P) => Promise<R[]>;

export function sqliteHot(db: Kysely<Database>, read: Read): Hot {
  const q = {
    byKey: byKey(db),
    head: head(db),
    held: held(db),
    settle: settle(db),
    claim: claim(db),
    renew: renew(db),
    count: prepare<CountRow>((p) =>
      count(db, p).onConflict((c) =>
        c.columns(['state', 'type', 'shard']).doUpdateSet((e) => ({ n: e('pwj_counts.n', '+', e.ref('excluded.n')) })),
      ),
    ),
    total: prepare<TotalRow>((p) =>
      total(db, p).onConflict((c) =>
        c.columns(['type', 'shard']).doUpdateSet((e) => ({
          runs: e('pwj_totals.runs', '+', e.ref('excluded.runs')),
          run_ms: e('pwj_totals.run_ms', '+', e.ref('excluded.run_ms')),
        })),
      ),
    ),
    attempt: prepare<AttemptRow>((p) => attempt(db, p).onConflict((c) => c.columns(['job_id', 'run']).doNothing())),
    log: prepare<LogRow>((p) => log(db, p).onConflict((c) => c.columns(['job_id', 'run', 'line']).doNothing())),
  };
  return {
    room: queueRoom(pending(db)),
    byKeys: async (tx, keys) => {
      const found = new Map<string, KnownKey>();
      for (const key of keys) {
        const [known] = await tx.all(q.byKey, { key });
        if (known) found.set(key, known);
      }
      return found;
    },
    heads: async (lanes, claim) => {
      const found = new Map<string, number>();
      for (const lane of lanes) {
        const [best] = claim ? await claim.tx.all(q.head, { lane }) : await read(q.head, { lane });
        if (best) found.set(lane, best.priority);
      }
      return found;
    },
    noneReady: async (tx, lanes) => {
      for (const lane of lanes) if ((await tx.all(q.head, { lane })).length > 0) return false;
      return true;
    },
    claim: async (tx, params) => {
      const rows = await tx.all(q.claim, params);
      // The engine does not promise the order of what it returns.
      return rows.sort((a, b) => (a.id < b.id ? -1 : 1));
    },
    rewind: () => {},
    settle: async (tx, rows) => (await tx.each(q.settle, rows)).map((n) => n === 1),
    renew: async (tx, params) => {
      await tx.run(q.renew, params);
      return tx.all(q.held, { node: params.node });
    },
    addCounts: (tx, rows) => tx.insertAll(q.count, rows),
    addTotals: (tx, rows) => tx.insertAll(q.total, rows),
    addAttempts: (tx, rows) => tx.insertAll(q.attempt, rows),
    addLogs: (tx, rows) => tx.insertAll(q.log, rows),
  };
}

const byKey = (db: Kysely<Database>): Prepared<{ key: string }, KnownKey> =>
  prepare((p) => db.selectFrom('pwj_jobs').select(['id', 'fingerprint']).where('idempotency_key', '=', p.key));

const claim = (db: Kysely<Database>): Prepared<ClaimParams, ClaimedJob> =>
  prepare((p) =>
    db
      .updateTable('pwj_jobs')
      .set((e) => ({
        state: 'processing',
        run: e('run', '+', 1),
        attempt: e('attempt', '+', 1),
        node: p.node,
        lease_until: p.leaseUntil,
        started_at: p.now,
        progress: null,
        reason: null,
      }))
      .where('id', 'in', (sub) =>
        sub
          .selectFrom('pwj_jobs')
          .select('id')
          .where('state', '=', 'ready')
          .where('lane', '=', p.lane)
          .where('priority', '=', p.priority)
          .orderBy('id')
          .limit(p.limit),
      )
      .returning(CLAIMED)
      .returning(
        sql<
          number | null
        >`coalesce(max(run_at, ready_at), run_at, ready_at, case when attempt = 1 then created_at end)`.as('since'),
      ),
  );

const renew = (db: Kysely<Database>): Prepared<{ node: string; leaseUntil: number }> =>
  prepare((p) =>
    db
      .updateTable('pwj_jobs')
      .set({ lease_until: p.leaseUntil })
      .where('state', '=', 'processing')
      .where('node', '=', p.node),
  );
