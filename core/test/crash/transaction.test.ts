// job.transaction() and SIGKILL at each of its statements: the work of a job and its outcome are never apart.
// `JOBS_TEST_FULL=1` makes it far longer.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { findServer, NO_SERVER } from '../../../test/server/binaries.ts';
import { skipWhere } from '../../../test/server/missing.ts';
import { serverOfTest } from '../../../test/server/rig.ts';
import { startChild } from '../../../test/support/child.ts';
import { pause, systemClock } from '../../src/kernel/clock.ts';
import type { Dialect } from '../../src/store/dialect.ts';
import { realCore } from './real-core.ts';
import type { KillOrders } from './transaction-child.ts';

const CHILD = '../../core/test/crash/transaction-child.ts';
const kills = process.env.JOBS_TEST_FULL === '1' ? 500 : 12;
const WHENS = ['before', 'sent', 'answered'] as const;

function sqlite(): string {
  const folder = mkdtempSync(join(tmpdir(), 'pwj-transaction-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return `sqlite:${join(folder, 'jobs.db')}`;
}

interface Counts {
  jobs: number;
  completed: number;
  /** Jobs whose row, added job, receipt and outcome are not all there, or not all absent, or there twice. */
  apart: number;
}

async function count({ reader }: Dialect, control: boolean): Promise<Counts> {
  const { rows } = await sql<{ state: string; work: number; added: number; steps: number }>`
    select state,
      (select count(*) from test_work w where w.job = j.id) as work,
      (select count(*) from pwj_jobs a where a.idempotency_key = j.id) as added,
      (select count(*) from pwj_receipts r where r.job_id = j.id and r.state = 'done') as steps
    from pwj_jobs j where type = 'work'`.execute(reader);
  const apart = rows.filter(({ state, work, added, steps }) => {
    const n = state === 'completed' ? 1 : 0;
    return Number(work) !== n || Number(added) !== n || (!control && Number(steps) !== n);
  });
  const completed = rows.filter(({ state }) => state === 'completed').length;
  return { jobs: rows.length, completed, apart: apart.length };
}

/** One worker after the other, each killed at the next statement; then one that lives. */
async function killed(database: string, times: number, control = false) {
  const core = await realCore(database, {});
  const { dialect } = core.ledger;
  onTestFinished(() => dialect.close());
  await sql`create table test_work (job varchar(60))`.execute(dialect.db);
  const add = (n: number) =>
    core.queue.addMany(
      Array.from({ length: n }, () => ({ type: 'work', data: {} })),
      { plugin: null },
    );
  const start = (orders: Omit<KillOrders, 'database' | 'control'>) =>
    startChild(CHILD, { ...orders, database, control }, { NODE_ENV: 'test' });
  const live = { transaction: null, statement: 0, when: 'before' } as const;

  await add(2);
  const first = start(live);
  const statements = Number(await first.line('committed '));
  first.signal('SIGKILL');
  await first.over;
  let apart = 0;
  for (let kill = 0; kill < times; kill += 1) {
    await add(5);
    const statement = control ? statements - 1 : kill % statements;
    const when = control ? 'answered' : (WHENS[Math.floor(kill / statements) % 3] as KillOrders['when']);
    // What the one before left running comes first, and has to get through.
    const child = start({ transaction: 2 + (kill % 3), statement, when });
    expect(await child.over).toBe('SIGKILL');
    apart += (await count(dialect, control)).apart;
  }
  const last = start(live);
  let found = await count(dialect, control);
  for (; found.completed < found.jobs; found = await count(dialect, control)) await pause(systemClock, 50);
  last.signal('SIGKILL');
  await last.over;
  return { statements, kills: times, ...found, apart: apart + found.apart };
}

const TOGETHER = { kills, apart: 0 };

test(`${kills} kills at the statements of job.transaction(), on SQLite`, { timeout: 7_200_000 }, async () => {
  const found = await killed(sqlite(), kills);
  console.log(JSON.stringify(found));
  expect(found).toMatchObject(TOGETHER);
});

test(`${kills} kills at the statements of job.transaction(), on MariaDB`, { timeout: 7_200_000 }, async (context) => {
  skipWhere(findServer() === undefined, NO_SERVER, context);
  const found = await killed((await serverOfTest()).url, kills);
  console.log(JSON.stringify(found));
  expect(found).toMatchObject(TOGETHER);
});

test('the same work with its outcome in a second commit is found apart', { timeout: 300_000 }, async () => {
  const found = await killed(sqlite(), 6, true);
  console.log(JSON.stringify(found));
  expect(found.apart).toBeGreaterThan(0);
});
