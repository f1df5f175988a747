// Reading the delivery rows on the engine of the run: pages, addresses, days, and later bounces.
import { expect, test } from 'vitest';
import { manualClock, openDatabase } from '../test/database.ts';
import { fromCursor } from './cursor.ts';
import { createDeliveries } from './deliveries.ts';
import type { Outcome } from './outcome.ts';
import { createTracking } from './tracking.ts';

async function start() {
  const db = await openDatabase();
  const clock = manualClock();
  const deliveries = createDeliveries(db, clock);
  async function deliver(jobId: string, recipients: string[], state: Outcome['state'] = 'accepted', shared = false) {
    for (const row of await deliveries.open({ jobId, recipients, host: 'site.test', shared })) {
      const started = await deliveries.start(row);
      if (started) await deliveries.settle(started, { state, response: `${state} by the server` });
    }
  }
  return { db, clock, tracking: createTracking(db, clock), deliver };
}

test('pages contain every row once, newest first, even if many have the same time', async () => {
  const { tracking, deliver, clock } = await start();
  for (const job of ['one', 'two', 'three']) {
    await deliver(job, ['a@x.test', 'b@x.test', 'c@x.test']);
    if (job === 'two') clock.time += 1;
  }
  const seen: string[] = [];
  let after: ReturnType<typeof fromCursor> = null;
  for (let pages = 0; pages < 10; pages += 1) {
    const { rows, next } = await tracking.list({ limit: 2, ...(after ? { after } : {}) });
    seen.push(...rows.map((row) => `${row.job_id} ${row.recipient}`));
    if (next === null) break;
    after = fromCursor(next, 2);
  }
  expect(seen).toHaveLength(9);
  expect(new Set(seen).size).toBe(9);
  expect(seen.slice(0, 3).every((row) => row.startsWith('three'))).toBe(true);
});

test('a bounced mail is found by its Message-ID, otherwise as the newest accepted one of the address', async () => {
  const { tracking, deliver, clock } = await start();
  await deliver('report.5', ['a@x.test', 'b@x.test']);
  await deliver('shared', ['a@x.test'], 'accepted', true);
  clock.time += 1_000;
  await deliver('newest', ['a@x.test']);
  const stateOf = async (jobId: string) =>
    (await tracking.list({ jobId, limit: 10 })).rows.map(({ recipient, state, response }) => [
      recipient,
      state,
      response,
    ]);
  expect(await tracking.bounced('A@x.test', '<report.5.1@site.test>', '550 gone\r\nX: y')).toBe(true);
  expect(await stateOf('report.5')).toEqual([
    ['a@x.test', 'bounced', '550 gone X: y'],
    ['b@x.test', 'accepted', 'accepted by the server'],
  ]);
  expect(await tracking.bounced('a@x.test', 'shared@site.test', 'gone')).toBe(true);
  expect(await tracking.bounced('a@x.test', undefined, 'gone')).toBe(true);
  expect(await stateOf('newest')).toMatchObject([['a@x.test', 'bounced', 'gone']]);
  for (const id of ['<report.5.1@site.test>', '<nobody.1@site.test>', "<' or 1=1 --@x>", undefined]) {
    expect(await tracking.bounced('a@x.test', id, 'again')).toBe(false);
  }
  expect(await tracking.bounced('nobody@x.test', undefined, 'gone')).toBe(false);
});
