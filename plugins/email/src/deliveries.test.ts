// The delivery rows on a real database.
import { expect, test } from 'vitest';
import { manualClock, openDatabase } from '../test/database.ts';
import { createDeliveries } from './deliveries.ts';

const DAY = 86_400_000;

async function start() {
  const db = await openDatabase();
  const clock = manualClock();
  return { db, clock, deliveries: createDeliveries(db, clock) };
}

test('each recipient gets one row and a Message-ID of its own, which stays', async () => {
  const { deliveries } = await start();
  const first = await deliveries.open('job', ['a@x.test', 'B@x.test', 'A@X.test'], 'example.com');
  expect(first.map((row) => [row.recipient, row.message_id])).toEqual([
    ['a@x.test', '<job.1@example.com>'],
    ['B@x.test', '<job.2@example.com>'],
  ]);
  const second = await deliveries.open('job', ['c@x.test', 'b@x.test', 'a@x.test'], 'example.com');
  expect(second.map((row) => [row.recipient, row.message_id])).toEqual([
    ['c@x.test', '<job.3@example.com>'],
    ['B@x.test', '<job.2@example.com>'],
    ['a@x.test', '<job.1@example.com>'],
  ]);
});

test('of two attempts with the same row only one may send', async () => {
  const { deliveries } = await start();
  const [row] = await deliveries.open('job', ['a@x.test'], 'x');
  if (!row) throw new Error('no row');
  expect(await deliveries.start(row)).toMatchObject({ state: 'sending', attempts: 1 });
  expect(await deliveries.start(row)).toBeNull();
});

test('an attempt that lost its row cannot settle it', async () => {
  const { deliveries } = await start();
  const [row] = await deliveries.open('job', ['a@x.test'], 'x');
  if (!row) throw new Error('no row');
  const old = await deliveries.start(row);
  if (!old) throw new Error('not started');
  const newer = await deliveries.start(old);
  if (!newer) throw new Error('not started');
  await deliveries.settle(newer, { state: 'accepted', response: '250 ok' });
  await deliveries.settle(old, { state: 'queued', response: 'stopped' });
  expect(await deliveries.list('job')).toMatchObject([{ state: 'accepted', response: '250 ok', attempts: 2 }]);
});

test('rows are listed newest first, of one job or of all', async () => {
  const { deliveries, clock } = await start();
  await deliveries.open('one', ['a@x.test'], 'x');
  clock.time += 1_000;
  await deliveries.open('two', ['a@x.test'], 'x');
  expect((await deliveries.list()).map((row) => row.job_id)).toEqual(['two', 'one']);
  expect((await deliveries.list('one')).map((row) => row.job_id)).toEqual(['one']);
});

test('old rows are forgotten, a bounded number at a time', async () => {
  const { deliveries, clock } = await start();
  for (let n = 0; n < 12; n += 1) {
    const many = Array.from({ length: 50 }, (_, i) => `a${i}@x.test`);
    await deliveries.open(`job${n}`, many, 'x');
    clock.time += 1;
  }
  clock.time += 31 * DAY;
  await deliveries.open('new', ['a@x.test'], 'x');
  await deliveries.prune(30);
  expect((await deliveries.list()).length).toBe(100);
  clock.time += 60_000;
  await deliveries.prune(30);
  expect((await deliveries.list()).map((row) => row.job_id)).toEqual(['new']);
});
