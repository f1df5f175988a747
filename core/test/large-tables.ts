// Large tables, and all that a site does by itself on them: for the tests that look at the plans of its statements.
import { sql } from 'kysely';
import type { Dialect } from '../src/store/dialect.ts';
import { recount } from './by-hand.ts';
import type { CoreKit } from './core-kit.ts';

const DIGITS =
  'select 0 as i union all select 1 union all select 2 union all select 3 union all select 4 union all select 5 union all select 6 union all select 7 union all select 8 union all select 9';
/** Rows of one statement: a server gives it a few seconds. */
const PART = 10_000;

/** Columns of `pwj_jobs` and what stands in them, as SQL over the number `n` of the row. */
export type Columns = Readonly<Record<string, string>>;

/** Inserts as many jobs, a multiple of 10,000; `columns` in addition to those that every job needs. */
async function insertJobs({ db }: Dialect, count: number, columns: Columns): Promise<void> {
  const all: Columns = {
    id: "concat('0190', substr(concat('00000000000000000000000000000000', n), -32))",
    ...{
      priority: '2',
      attempt: '0',
      crashes: '0',
      lone_crashes: '0',
      run: '0',
      max_retries: '3',
      retry_delay: '5',
      backoff: "'fixed'",
      timeout: '5',
      created_at: 'n',
      data: "'{}'",
    },
    ...columns,
  };
  const rows = `with d as (${DIGITS}) select a.i + 10 * b.i + 100 * c.i + 1000 * e.i + 1 as k from d a, d b, d c, d e`;
  for (let from = 0; from < count; from += PART) {
    await sql
      .raw(
        `insert into pwj_jobs (${Object.keys(all).join(', ')}) select ${Object.values(all).join(', ')} from (select k + ${from} as n from (${rows}) r) numbered`,
      )
      .execute(db);
  }
}

/** 100,000 jobs in all states, of 20 types, each with an attempt, a line of a log and a line of its history; 10,000 commits of events. */
export async function fill({ dialect }: CoreKit): Promise<void> {
  await insertJobs(dialect, 100_000, {
    type: "concat('type', n % 20)",
    plugin: "concat('plugin', n % 10)",
    state:
      "case n % 10 when 0 then 'ready' when 1 then 'scheduled' when 2 then 'cancelled' when 3 then 'failed' when 4 then 'cancelled' else 'completed' end",
    priority: 'n % 4',
    due_at: 'case n % 10 when 1 then 4000000000000 + n end',
    finished_at: 'case when n % 10 > 1 then 3000000000000 + n end',
  });
  for (const text of [
    "insert into pwj_attempts (job_id, run, attempt, started_at, finished_at, outcome) select id, 1, 1, 1, 1, 'failed' from pwj_jobs",
    "insert into pwj_logs (job_id, run, line, attempt, at, level, message) select id, 1, 1, 1, 1, 'info', 'a line' from pwj_jobs",
    "insert into pwj_history (job_id, id, run, at, event, attempt, status) select id, id, 1, 1, 'job_cancelled', 1, 'cancelled' from pwj_jobs",
    "insert into pwj_receipts (job_id, `key`, state, attempt, run, at) select id, 'k', 'pending', 1, 1, 1 from pwj_jobs",
    "insert into pwj_deadlines (job_id, waits_until) select id, 4000000000000 from pwj_jobs where state = 'ready'",
    "insert into pwj_events (at, node, kinds, events) select 4000000000000, 'n', '', '[]' from pwj_jobs where state = 'ready'",
  ])
    await sql.raw(text).execute(dialect.db);
  await recount(dialect.db);
}

/** Everything that happens by itself, and what callers do to single jobs. */
export async function live(kit: CoreKit): Promise<void> {
  const { core, clock } = kit;
  kit.register('fine', async (_data, _id, _attempt, job) => {
    job.log.info('a line');
    await job.progress({ percentage: 5 });
    await job.once('effect', () => 1);
  });
  kit.register('broken', async () => {
    throw new Error('x');
  });
  kit.register('keyed', () => {}, { key: ['n'], unique: { onConflict: 'replace' } });
  await core.startWorker();
  const keyed = (n: number, delay = 0) => kit.add({ type: 'keyed', data: { n }, delay, idempotencyKey: `keyed ${n}` });
  await keyed(1, 1_000);
  await keyed(1);
  await core.queue.addMany(
    [2, 2, 2].map((n) => ({ type: 'keyed', data: { n } })),
    { plugin: null },
  );
  const fine = await kit.add({ type: 'fine', data: {}, idempotencyKey: 'k' });
  await kit.add({ type: 'fine', data: {}, idempotencyKey: 'k' });
  await kit.add({ type: 'fine', data: {}, delay: 1_000 });
  const waits = await kit.add({ type: 'fine', data: {}, delay: 1_000_000 });
  await kit.add({ type: 'broken', data: {}, maxRetries: 1, giveUpAfter: '1h' });
  await core.queue.addTick({ type: 'fine', data: {} }, { plugin: null, schedule: 's', tick: 1 });
  await kit.idle();
  for (let i = 0; i < 15; i += 1) await clock.advance(1_000);
  await core.actions.cancel(waits, 'ada');
  await kit.add({ type: 'fine', data: {}, delay: 1_000_000 });
  await core.holds.pause({ kind: 'type', name: 'fine' });
  await kit.add({ type: 'fine', data: {}, expires: 1 });
  await clock.advance(10);
  await core.holds.resume('type', 'fine');
  await core.actions.retry(fine, {});
  await core.reports.recordMetrics(fine, { ms: 5 });
  await core.sweep();
  await core.lease.beat();
  await core.lease.check();
  await core.wakeup.check();
  await core.ledger.feed.catchUp();
  await core.ledger.feed.since(0, 10);
  const cleaned = core.removal.clean();
  await clock.advance(1_000);
  await cleaned;
  await Promise.all([core.reads.attempts(fine), core.reads.history(fine), core.reads.logs(fine)]);
  await core.stopWorker(0);
}
