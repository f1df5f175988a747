// Does a big table slow the claims? The same drain on an empty table, over 1,000,000 finished and before 1,000,000 pending jobs.

import { join } from 'node:path';
import Database from 'better-sqlite3';
import { ours } from './sides/ours.ts';

const ROWS = 1_000_000;
const JOBS = 20_000;

/** Rows as the queue itself would have left them, put in by hand: adding a million through the door is another benchmark. */
function fill(path: string, state: 'completed' | 'ready', lane: string): void {
  const db = new Database(path);
  db.pragma('synchronous = off');
  const finished = state === 'completed' ? Date.now() : null;
  db.prepare(
    `with recursive n(i) as (select 1 union all select i + 1 from n where i < ${ROWS})
     insert into pwj_jobs (id, type, lane, state, priority, max_retries, retry_delay, backoff, timeout, created_at, finished_at, data)
     select printf('f%035d', i), 'other', ?, ?, 2, 3, 5000, 'fixed', 300000, 1767225600000, ?, '{"n":1,"to":"ada@example.test"}' from n`,
  ).run(lane, state, finished);
  db.close();
}

async function drain(path: string, before?: (path: string) => void): Promise<number> {
  const first = ours();
  await first.open(path);
  await first.stop();
  before?.(path);
  const side = ours();
  await side.open(path);
  for (let from = 0; from < JOBS; from += 1_000)
    await side.addMany?.(Array.from({ length: 1_000 }, (_, i) => from + i));
  let left = JOBS;
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
  const rate = JOBS / ((performance.now() - start) / 1_000);
  await side.stop();
  return rate;
}

const folder = process.argv[2] ?? '.';
const empty = await drain(join(folder, 'empty.db'));
const finished = await drain(join(folder, 'finished.db'), (path) => fill(path, 'completed', 'app'));
// Pending jobs of a lane that another process serves; of our own they would have to run first.
const pending = await drain(join(folder, 'pending.db'), (path) => fill(path, 'ready', 'app'));
process.stdout.write(
  `${JSON.stringify({ value: empty, unit: 'jobs/s', more: { 'over 1 M finished jobs/s': finished, 'before 1 M pending jobs/s': pending, 'slower over finished x': empty / finished, 'slower before pending x': empty / pending } })}\n`,
);
process.exit(0);
