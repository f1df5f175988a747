// Metrics of a report besides the jobs: the disks, and other plugins, which may return anything.
import { definePlugin, Veto } from '@phraseworks/sdk';
import { createZone } from '@phraseworks/sdk/zone';
import { createTestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import { type Database, tables } from '../tables.ts';
import { periodAt } from '../time.ts';
import { createDisks, type Disk } from './disk.ts';
import { otherFigures } from './others.ts';

const zone = createZone('UTC');
const AT = Date.UTC(2026, 10, 23, 8);
const period = periodAt('week', AT, zone);

test('disk usage is measured every hour, and compared with the last measurement of the period before', async () => {
  let db: Database | undefined;
  let look = async (): Promise<Disk[]> => [];
  const probe = definePlugin({
    name: 'report',
    tables,
    init: (ctx) => {
      db = ctx.db;
      const disks = createDisks({ ...ctx, paths: ['.', '/no/such/folder'], zone });
      ctx.onReady(() => disks.watch());
      look = () => disks.now(['2026-01-01']);
    },
  });
  await using jobs = await createTestJobs({ plugins: { report: { use: probe } } });
  await db?.updateTable('pwj_report_disks').set({ used: 7 }).execute();
  await jobs.advance(3_700_000);
  const found = await look();
  expect(found).toHaveLength(1);
  expect(found[0]?.before).toBeGreaterThan(7);
  expect(found[0]?.used).toBeLessThanOrEqual(found[0]?.total ?? 0);
});

test('metrics are matched by key, and invalid ones are ignored', async () => {
  const figure = { key: 'a', section: 'S', label: 'L', value: 3, unit: 'count', better: 'more' };
  const answers: unknown[] = [
    [
      figure,
      { ...figure, value: 9 },
      { ...figure, key: 'b', unit: 'miles' },
      { ...figure, key: 'c', value: Number.NaN },
      null,
      'x',
    ],
    [{ ...figure, value: 2 }],
  ];
  const found = await otherFigures((async () => answers.shift()) as never, period);
  expect(found).toEqual([{ ...figure, before: 2 }]);
  expect(await otherFigures((async () => 'nonsense') as never, period)).toEqual([]);
});

test('a plugin that refuses its metrics does not stop the report', async () => {
  const refuse = () => Promise.reject(new Veto('not today'));
  expect(await otherFigures(refuse as never, period)).toEqual([]);
});
