// Does a big table slow the claims? The same drain on an empty table, over finished and before pending jobs: `depth.js ROWS JOBS TARGET TARGET TARGET`.
import Database from 'better-sqlite3';
import { fill } from './cases.ts';
import { withConnection } from './servers/mariadb.ts';
import { ours } from './sides/ours.ts';

const CHUNK = 100_000;
const DATA = '{"n":1,"to":"ada@example.test"}';
const COLUMNS =
  'id, type, state, priority, attempt, crashes, lone_crashes, run, max_retries, retry_delay, backoff, timeout, created_at, finished_at, data';

/** Rows as the queue itself would have left them, put in by hand: adding a million through the door is another benchmark. */
const rows = (id: string, state: string, from: string): string =>
  `insert into pwj_jobs (${COLUMNS}) select ${id}, 'other', '${state}', 2, 0, 0, 0, 0, 3, 5000, 'fixed', 300000, 1767225600000, ${
    state === 'completed' ? Date.now() : 'null'
  }, '${DATA}' from ${from}`;

function fillSqlite(path: string, state: string, count: number): void {
  const db = new Database(path);
  db.pragma('synchronous = off');
  db.exec(
    `with recursive n(i) as (select 1 union all select i + 1 from n where i < ${count}) ${rows("printf('f%035d', i)", state, 'n')}`,
  );
  db.close();
}

async function fillMysql(url: string, state: string, count: number): Promise<void> {
  await withConnection(url, async (db) => {
    for (let from = 1; from <= count; from += CHUNK)
      await db.query(
        rows("concat('f', lpad(seq, 35, '0'))", state, `seq_${from}_to_${Math.min(from + CHUNK - 1, count)}`),
      );
  });
}

async function drain(target: string, jobs: number, before: () => Promise<void> | void = () => {}): Promise<number> {
  const first = ours();
  await first.open(target);
  await first.stop();
  await before();
  const side = ours();
  await side.open(target);
  await fill(side, jobs);
  let left = jobs;
  let finish: () => void = () => {};
  const all = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const start = performance.now();
  await side.work(() => {
    left -= 1;
    if (left === 0) finish();
  }, 10);
  await all;
  const rate = jobs / ((performance.now() - start) / 1_000);
  await side.stop();
  return rate;
}

const [count = '', jobCount = '', emptyAt = '', finishedAt = '', pendingAt = ''] = process.argv.slice(2);
const jobs = Number(jobCount);
const big = (target: string, state: string) => () =>
  (target.startsWith('mysql:') ? fillMysql : fillSqlite)(target, state, Number(count));
// Once to warm up, so that the first of the three is not the slowest for that reason.
await drain(emptyAt, jobs);
const empty = await drain(emptyAt, jobs);
const finished = await drain(finishedAt, jobs, big(finishedAt, 'completed'));
// Behind ours in the order: in front of them they would have to run first.
const pending = await drain(pendingAt, jobs, big(pendingAt, 'ready'));
const more = {
  'over finished jobs/s': finished,
  'before pending jobs/s': pending,
  'slower over finished x': empty / finished,
  'slower before pending x': empty / pending,
};
process.stdout.write(`${JSON.stringify({ value: empty, unit: 'jobs/s', more })}\n`);
process.exit(0);
