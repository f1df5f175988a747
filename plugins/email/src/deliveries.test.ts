// The delivery rows on a real database.
import { expect, test } from 'vitest';
import { manualClock, openDatabase } from '../test/database.ts';
import { createDeliveries } from './deliveries.ts';
import { createTracking } from './tracking.ts';

const DAY = 86_400_000;

async function start() {
  const db = await openDatabase();
  const clock = manualClock();
  return { db, clock, deliveries: createDeliveries(db, clock), tracking: createTracking(db, clock) };
}

test('only one of two attempts with the same row may send', async () => {
  const { deliveries } = await start();
  const [row] = await deliveries.open({ jobId: 'job', recipients: ['a@x.test'], host: 'x', shared: false });
  if (!row) throw new Error('no row');
  expect(await deliveries.start(row)).toMatchObject({ state: 'sending', attempts: 1 });
  expect(await deliveries.start(row)).toBeNull();
});

test('an attempt that lost its row cannot settle it', async () => {
  const { deliveries, tracking } = await start();
  const [row] = await deliveries.open({ jobId: 'job', recipients: ['a@x.test'], host: 'x', shared: false });
  if (!row) throw new Error('no row');
  const old = await deliveries.start(row);
  if (!old) throw new Error('not started');
  const newer = await deliveries.start(old);
  if (!newer) throw new Error('not started');
  await deliveries.settle(newer, { state: 'accepted', response: '250 ok' });
  await deliveries.settle(old, { state: 'queued', response: 'stopped' });
  expect((await tracking.list({ jobId: 'job', limit: 10 })).rows).toMatchObject([
    { state: 'accepted', response: '250 ok', attempts: 2 },
  ]);
});

test('old rows are deleted in bounded batches', async () => {
  const { deliveries, tracking, clock } = await start();
  const left = async () => (await tracking.list({ limit: 500 })).rows.map((row) => row.job_id);
  for (let n = 0; n < 12; n += 1) {
    const many = Array.from({ length: 50 }, (_, i) => `a${i}@x.test`);
    await deliveries.open({ jobId: `job${n}`, recipients: many, host: 'x', shared: false });
    clock.time += 1;
  }
  clock.time += 31 * DAY;
  await deliveries.open({ jobId: 'new', recipients: ['a@x.test'], host: 'x', shared: false });
  await deliveries.prune(30);
  expect((await left()).length).toBe(101);
  clock.time += 60_000;
  await deliveries.prune(30);
  expect(await left()).toEqual(['new']);
});
