// Every statement that a running queue sends is served by an index on a table of 100,000 jobs.
import BetterSqlite3 from 'better-sqlite3';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type EngineKit, openEngine } from '../testing/engine-kit.ts';

/** Tables that stay small, and the one that is read from its old end, a bounded number of rows at a time. */
const SMALL = ['pwj_counts', 'pwj_totals', 'pwj_nodes'];
const BOUNDED = /^select .* from "pwj_events" order by "seq" limit \?$/;

let kit: EngineKit;
const sent = new Set<string>();

/** 100,000 jobs in all states, in 50 lanes, with an attempt each. */
async function fill(): Promise<void> {
  const states =
    "case n % 10 when 0 then 'ready' when 1 then 'scheduled' when 2 then 'parked' when 3 then 'failed' when 4 then 'cancelled' else 'completed' end";
  await sql
    .raw(`with recursive rows(n) as (select 1 union all select n + 1 from rows where n < 100000)
      insert into pwj_jobs (id, type, plugin, lane, state, priority, max_retries, retry_delay, backoff, timeout, created_at, due_at, finished_at, data)
      select printf('0190%032d', n), 'type' || (n % 20), 'plugin' || (n % 10), 'lane' || (n % 50), ${states}, n % 4, 3, 5, 'fixed', 5, n,
        case n % 10 when 1 then 4000000000000 + n end, case when n % 10 > 2 then 3000000000000 + n end, '{}' from rows`)
    .execute(kit.dialect.db);
  await sql`insert into pwj_attempts (job_id, run, attempt, started_at, finished_at, outcome) select id, 1, 1, 1, 1, 'failed' from pwj_jobs`.execute(
    kit.dialect.db,
  );
  await kit.engine.maintenance.recount();
}

/** Everything that happens by itself, and what callers do to single jobs. */
async function live(): Promise<void> {
  const { engine, clock } = kit;
  kit.register('fine', async (_data, _id, _attempt, job) => {
    job.log.info('a line');
    await job.progress({ percentage: 5 });
  });
  kit.register('broken', async () => {
    throw new Error('x');
  });
  await engine.startWorker();
  const fine = await kit.add({ type: 'fine', data: {}, idempotencyKey: 'k' });
  await kit.add({ type: 'fine', data: {}, idempotencyKey: 'k' });
  await kit.add({ type: 'fine', data: {}, delay: 1_000 });
  const waits = await kit.add({ type: 'fine', data: {}, delay: 1_000_000 });
  await kit.add({ type: 'broken', data: {}, maxRetries: 1 });
  await engine.queue.addTick({ type: 'fine', data: {} }, { plugin: null, schedule: 's', tick: 1 });
  await kit.idle();
  for (let i = 0; i < 15; i += 1) await clock.advance(1_000);
  await engine.control.cancel(waits, 'ada');
  await kit.add({ type: 'fine', data: {}, delay: 1_000_000 });
  await engine.parking.park('plugin1', 'plugin_disabled');
  await engine.parking.unparkType('fine');
  await engine.control.retry(fine, {});
  await engine.control.recordMetrics(fine, { ms: 5 });
  await engine.sweep();
  await engine.lease.beat();
  await engine.lease.look();
  await engine.wakeup.look();
  await engine.ledger.catchUp();
  await engine.ledger.since(0, 10);
  const cleaned = engine.retention.clean();
  await clock.advance(1_000);
  await cleaned;
  await Promise.all([engine.reads.attempts(fine), engine.reads.history(fine), engine.reads.logs(fine)]);
  await engine.stopWorker(0);
}

beforeAll(async () => {
  kit = await openEngine();
  await fill();
  const prepare = vi.spyOn(BetterSqlite3.prototype, 'prepare');
  await live();
  for (const [text] of prepare.mock.calls) if (/^(select|update|delete|insert)/.test(text)) sent.add(text);
  prepare.mockRestore();
}, 60_000);
afterAll(() => kit.close());

async function plan(text: string): Promise<string[]> {
  const parameters = Array.from(text.matchAll(/\?/g), () => null);
  const result = await kit.dialect.db.executeQuery<{ detail: string }>({
    ...sql``.compile(kit.dialect.db),
    sql: `explain query plan ${text}`,
    parameters,
  });
  return result.rows.map((row) => row.detail);
}

describe('on 100,000 jobs', () => {
  test('the statements of add, claim, settle, due, lease and retention were seen', () => {
    const all = [...sent].join('\n');
    for (const part of [
      'insert into "pwj_jobs"',
      '"run" = "run" + ?',
      'insert into "pwj_attempts"',
      '"due_at" <= ?',
      'min("due_at")',
      '"lease_until" < ?',
      '"finished_at" < ?',
      'insert into "pwj_events"',
    ]) {
      expect(all).toContain(part);
    }
    expect(sent.size).toBeGreaterThan(35);
  });

  test('no statement walks through a table, and none sorts', async () => {
    const slow: string[] = [];
    for (const text of sent) {
      const steps = await plan(text);
      const bad = steps.filter(
        (step) =>
          (/^SCAN (?!CONSTANT)/.test(step) && !SMALL.some((table) => step.includes(table)) && !BOUNDED.test(text)) ||
          step.includes('TEMP B-TREE'),
      );
      if (bad.length > 0) slow.push(`${text}\n    ${bad.join('\n    ')}`);
    }
    expect(slow).toEqual([]);
  });

  test('the claim reads one index, in its order', async () => {
    const head = [...sent].filter((text) => /^select "priority", "id" from "pwj_jobs"/.test(text));
    const claim = [...sent].filter((text) => text.includes('"run" = "run" + ?'));
    expect([head.length, claim.length]).toEqual([1, 1]);
    expect(await plan(head[0] as string)).toEqual([
      expect.stringMatching(/^SEARCH pwj_jobs USING COVERING INDEX pwj_jobs_claim \(state=\? AND lane=\?\)$/),
    ]);
    expect((await plan(claim[0] as string)).join('\n')).toMatch(
      /USING COVERING INDEX pwj_jobs_claim \(state=\? AND lane=\? AND priority=\?\)/,
    );
  });
});
