// Backups while jobs are added and run all the time: each restores, and holds just what there was at its moment.
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { onMysql, site, temporaryFolder } from '../test/kit.ts';
import { asRoot, newDatabase, urlOf } from '../test/server.ts';
import { running, toolsOf } from '../test/tools.ts';
import { runBackup } from './backup.ts';
import { restoreBackup } from './restore.ts';

const ROUNDS = Number(process.env.JOBS_TEST_BACKUPS ?? 3);

interface Ledger {
  /** Numbers of jobs whose addition was acknowledged, in order. */
  acknowledged: number[];
  added: number;
}

/** The numbers of the jobs in a restored database. */
async function numbersIn(id: string, here: Awaited<ReturnType<typeof site>>): Promise<number[]> {
  const options = { part: 'jobs', mayReplace: async () => false };
  const tools = toolsOf(here);
  if (onMysql) {
    const target = `${await newDatabase()}_r`;
    await restoreBackup(id, { ...options, to: urlOf(target) }, tools, running());
    const found = await asRoot<{ data: string }>(["select data from pwj_jobs where type = 'count'"], target);
    return found.map(({ data }) => (JSON.parse(data) as { n: number }).n);
  }
  const file = join(await temporaryFolder(), 'restored.db');
  await restoreBackup(id, { ...options, to: `sqlite:${file}` }, tools, running());
  const db = new Database(file, { readonly: true });
  try {
    const found = db.prepare("select data from pwj_jobs where type = 'count'").pluck().all() as string[];
    return found.map((data) => (JSON.parse(data) as { n: number }).n);
  } finally {
    db.close();
  }
}

test(`${ROUNDS} backups under load restore with everything from before and nothing from after`, {
  timeout: 60_000 + ROUNDS * 20_000,
}, async () => {
  await using here = await site();
  here.jobs.registerProcessor('count', async () => ({ success: true }));
  const ledger: Ledger = { acknowledged: [], added: 0 };
  let over = false;
  const load = (async () => {
    while (!over) {
      const first = ledger.added;
      ledger.added += 5;
      await here.jobs.addJobs(Array.from({ length: 5 }, (_, k) => ({ type: 'count', data: { n: first + k } })));
      for (let k = 0; k < 5; k += 1) ledger.acknowledged.push(first + k);
      await here.jobs.idle();
    }
  })();
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      const begun = ledger.added;
      await expect.poll(() => ledger.added).toBeGreaterThan(begun + 10);
      const before = [...ledger.acknowledged];
      const { id, verified } = await runBackup({ type: 'database' }, toolsOf(here), running());
      const after = ledger.added;
      expect(verified).toBe(true);
      const there = new Set(await numbersIn(id, here));
      expect(
        before.filter((n) => !there.has(n)),
        'acknowledged before, and lost',
      ).toEqual([]);
      // The load adds in order: a copy of one moment has no gap.
      expect([...there].sort((a, b) => a - b)).toEqual(Array.from({ length: there.size }, (_, n) => n));
      expect(there.size).toBeLessThanOrEqual(after);
    }
    if (process.env.JOBS_TEST_BACKUPS)
      console.log(`${ROUNDS} of ${ROUNDS} backups equal, ${ledger.added} jobs added meanwhile`);
  } finally {
    over = true;
    await load;
  }
});
