// Metrics of a report besides the jobs: the disks, and other plugins, which may return anything.
import { Veto } from '@phraseworks/sdk';
import { createZone } from '@phraseworks/sdk/zone';
import { expect, test } from 'vitest';
import { openDatabase } from '../../test/database.ts';
import { periodAt } from '../time.ts';
import { createDisks } from './disk.ts';
import { otherFigures } from './others.ts';

const zone = createZone('UTC');
const AT = Date.UTC(2026, 10, 23, 8);
const period = periodAt('week', AT, zone);

test('disk usage is compared with its last measurement of the previous period', async () => {
  const db = await openDatabase();
  const disks = createDisks(db, ['.', '/no/such/folder'], zone);
  expect(await disks.now(period.before.days)).toMatchObject([{ path: '.', before: null }]);
  await disks.sample(period.before.from);
  await disks.sample(period.before.from + 1_000);
  await db.updateTable('pwj_report_disks').set({ used: 7 }).execute();
  await disks.sample(period.before.from + 3_700_000);
  const [disk] = await disks.now(period.before.days);
  expect(disk?.before).toBeGreaterThan(7);
  expect(disk?.used).toBeLessThanOrEqual(disk?.total ?? 0);
  expect(await db.selectFrom('pwj_report_disks').selectAll().execute()).toHaveLength(1);
  await db.destroy();
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
