// Two instances on one database, each with workers: whatever ran where, each job is in the figures once.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createJobs } from '@phraseworks/jobs';
import { definePlugin, type PluginDatabase } from '@phraseworks/sdk';
import { expect, onTestFinished, test } from 'vitest';
import { sharedDatabase } from '../../../test/support/database.ts';
import report from './index.ts';
import type { Tables } from './tables.ts';

const JOBS = 400;

test('400 jobs on two instances are counted once each, with their run times', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pwj-report-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const database = await sharedDatabase();
  let db: PluginDatabase<Tables> | undefined;
  let open = JOBS;
  let done = () => {};
  const all = new Promise<void>((resolve) => (done = resolve));
  const work = definePlugin({
    name: 'work',
    init(ctx) {
      db = ctx.db.withTables<Tables>();
      ctx.registerProcessor(
        'work',
        ({ n }) => ({ success: n % 10 !== 0, error: 'every tenth', retryable: false }) as never,
      );
    },
  });
  const start = async () => {
    const jobs = await createJobs({
      database,
      logLevel: 'error',
      plugins: { work: { use: work }, report: { use: report } },
      storage: { reports: { folder } },
    });
    await jobs.start();
    return jobs;
  };
  const [one, two] = [await start(), await start()];
  const over = () => {
    open -= 1;
    if (open === 0) done();
  };
  one.addAction('job:completed', over);
  one.addAction('job:failed', over);
  for (let n = 0; n < JOBS; n += 20) {
    const part = Array.from({ length: 20 }, (_, i) => ({ type: 'work', data: { n: n + i } }));
    await (n % 40 === 0 ? one : two).addJobs(part);
  }
  await all;
  await one.stop();
  await two.plugins.disable('report');
  const counts = await db?.selectFrom('pwj_report_counts').selectAll().where('type', '=', 'work').execute();
  const times = await db?.selectFrom('pwj_report_times').selectAll().where('type', '=', 'work').execute();
  await two.stop();
  const sum = (rows: readonly Record<string, unknown>[] | undefined, of: string) =>
    rows?.reduce((total, row) => total + Number(row[of]), 0);
  expect([sum(counts, 'completed'), sum(counts, 'failed')]).toEqual([JOBS * 0.9, JOBS * 0.1]);
  expect(
    sum(
      times?.filter(({ kind }) => kind === 'run'),
      'n',
    ),
  ).toBe(JOBS);
});
