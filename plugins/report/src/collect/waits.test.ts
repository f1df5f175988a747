// How long jobs waited, in a whole instance.

import type { PluginDatabase } from '@phraseworks/sdk';
import { definePlugin } from '@phraseworks/sdk';
import { createTestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import report from '../index.ts';
import type { Tables } from '../tables.ts';
import { bucketOf } from './histogram.ts';

test('a delay of an hour does not count as waiting', async () => {
  let db: PluginDatabase<Tables> | undefined;
  const work = definePlugin({
    name: 'work',
    init(ctx) {
      db = ctx.db.withTables<Tables>();
      ctx.registerProcessor('work', async () => ({ success: true }));
    },
  });
  const folder = 'nothing-is-written-here';
  await using jobs = await createTestJobs({
    plugins: { work: { use: work }, report: { use: report } },
    storage: { reports: { folder } },
  });
  await jobs.addJob({ type: 'work', data: {}, delay: 3_600_000 });
  await jobs.advance(3_600_000);
  await jobs.advance(10_000);
  const rows = await db?.selectFrom('pwj_report_times').select(['bucket', 'n']).where('kind', '=', 'wait').execute();
  expect(rows?.map(({ n }) => Number(n))).toEqual([1]);
  expect(Number(rows?.[0]?.bucket)).toBeLessThan(bucketOf(1_000));
});
