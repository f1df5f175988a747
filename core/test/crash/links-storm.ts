// A storm over batches of jobs that wait for each other: four processes run them and are killed again and again.
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pause, systemClock, systemRandom } from '../../src/kernel/clock.ts';
import type { Dialect } from '../../src/store/dialect.ts';
import { openDatabase } from '../../src/store/open.ts';
import { Children, type Orders } from './children.ts';

/** `jobs`: batches. `control`: nothing waits, so that this run has to fail. */
export type LinkOrders = Omit<Orders, 'poison' | 'sweepInterval'>;

export interface LinkStorm {
  database: string;
  batches: number;
  kills: number;
  /** Milliseconds between the kills. */
  every: number;
  control?: boolean;
}

export async function linkStorm({ database, batches, kills, every, control = false }: LinkStorm) {
  const folder = mkdtempSync(join(tmpdir(), 'pwj-links-'));
  const ledger = join(folder, 'ledger');
  const children = new Children<LinkOrders>(new URL('./links-child.ts', import.meta.url));
  const order = (role: LinkOrders['role'], slot: number) =>
    children.start({ role, database, ledger, control, slot, jobs: batches / 2, pace: 40 });
  try {
    const begun = performance.now();
    const dialect = await openDatabase(database, systemClock, systemRandom);
    const workers = await Promise.all([0, 1, 2, 3].map((slot) => order('worker', slot)));
    const producers = await Promise.all([0, 1].map((slot) => order('producer', slot)));
    for (let n = 0; n < kills; n += 1) {
      await pause(systemClock, every);
      const slot = n % workers.length;
      await children.kill(workers[slot] as ChildProcess);
      workers[slot] = await order('worker', slot);
    }
    while (producers.some(({ exitCode }) => exitCode === null)) await pause(systemClock, 200);
    // What is left after half a minute without a kill stays left.
    for (let waited = 0; waited < 30_000 && !(await isOver(dialect)); waited += 200) await pause(systemClock, 200);
    await children.killAll();
    const seconds = Math.round((performance.now() - begun) / 100) / 10;
    const found = await examine(readFileSync(ledger, 'utf8').trim().split('\n'), dialect);
    await dialect.close();
    return { ...found, kills, failed: children.failed, seconds };
  } finally {
    await children.killAll();
    rmSync(folder, { recursive: true, force: true });
  }
}

const OVER = ['completed', 'failed', 'cancelled'];

async function isOver({ reader }: Dialect): Promise<boolean> {
  const open = await reader
    .selectFrom('pwj_jobs')
    .select('id')
    .where('state', 'not in', OVER as never)
    .limit(1)
    .execute();
  const batches = await reader.selectFrom('pwj_batches').select('id').where('ended_at', 'is', null).limit(1).execute();
  return open.length + batches.length === 0;
}

async function examine(lines: readonly string[], { reader }: Dialect) {
  const jobs = await reader.selectFrom('pwj_jobs').select(['id', 'type', 'state', 'data']).execute();
  const states = new Map(jobs.map(({ id, state }) => [id, state as string]));
  const links = await reader.selectFrom('pwj_links').select(['target', 'source', 'outcome']).execute();
  const batches = await reader.selectFrom('pwj_batches').select(['id', 'ended_at as endedAt']).execute();
  const attempts = await reader
    .selectFrom('pwj_attempts')
    .select('job_id as id')
    .where('outcome', '=', 'failed')
    .execute();
  const everFailed = new Set(attempts.map(({ id }) => id));
  const called = new Map<string, number>();
  for (const { type, data } of jobs)
    if (type.startsWith('on')) {
      const key = `${(JSON.parse(data) as { batch: string }).batch} ${type}`;
      called.set(key, (called.get(key) ?? 0) + 1);
    }
  let callbacks = 0;
  let miscounted = 0;
  for (const { id } of batches) {
    const members = links.filter(({ target }) => target === id);
    const isWhole = members.every(({ source }) => states.get(source) === 'completed');
    const wanted = {
      onEnd: 1,
      onSuccess: isWhole ? 1 : 0,
      onFailure: members.some(({ source }) => everFailed.has(source)) ? 1 : 0,
    };
    for (const [name, n] of Object.entries(wanted)) if ((called.get(`${id} ${name}`) ?? 0) !== n) callbacks += 1;
    miscounted += members.filter(({ source, outcome }) => states.get(source) !== outcome).length;
  }
  const starts = new Map<string, bigint>();
  const ends = new Map<string, bigint>();
  const pairs: [string, string][] = [];
  for (const line of lines) {
    const [mark = '', id = '', other = '', at = other] = line.split(' ');
    if (mark === 'A') pairs.push([id, other]);
    else if (mark === 'R' && !starts.has(id)) starts.set(id, BigInt(at));
    else if (mark === 'E' && !ends.has(id)) ends.set(id, BigInt(at));
  }
  const early = ([before, next]: [string, string]): boolean => {
    const start = starts.get(next);
    return start !== undefined && start < (ends.get(before) ?? start + 1n);
  };
  return {
    batches: batches.length,
    jobs: jobs.length,
    /** Callbacks that were added too often, or not at all. */
    callbacks,
    miscounted,
    outOfOrder: pairs.filter(early).length,
    left:
      jobs.filter(({ state }) => !OVER.includes(state)).length +
      batches.filter(({ endedAt }) => endedAt === null).length,
  };
}
