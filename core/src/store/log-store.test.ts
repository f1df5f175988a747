// The log of actions: pages, length limits and retention.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CoreKit, openCore } from '../../test/core-kit.ts';
import { LogStore } from './log-store.ts';

const DAY = 86_400_000;

let kit: CoreKit;
let log: LogStore;
beforeEach(async () => {
  kit = await openCore();
  log = new LogStore(kit);
});
afterEach(() => kit.close());

const note = (n: number) => log.add({ user: 'ada', action: 'cancelJob', target: `job ${n}` });

test('text longer than its column is cut without an error', async () => {
  const long = 'x'.repeat(5_000);
  await log.add({ user: long, action: long, target: long, detail: long });
  const [entry] = (await log.list()).entries;
  expect([entry?.user?.length, entry?.action.length, entry?.target.length, entry?.detail?.length]).toEqual([
    190, 190, 190, 1_000,
  ]);
});

test('entries are found by their action, and by a text of their user, target or detail', async () => {
  await note(1);
  await log.add({ user: 'Bob', action: 'retryJob', target: 'job 2', detail: '100% ada' });
  const found = async (query: object) => (await log.list(query)).entries.map(({ target }) => target);
  expect(await found({ action: 'retryJob' })).toEqual(['job 2']);
  expect(await found({ q: 'ADA' })).toEqual(['job 2', 'job 1']);
  expect(await found({ q: '0% a', limit: 1 })).toEqual(['job 2']);
  expect(await found({ q: 'bob', action: 'cancelJob' })).toEqual([]);
});

test('entries older than 90 days are deleted in passes, and the rest stays', async () => {
  const old = Array.from({ length: 600 }, (_, n) => ({ at: n, action: 'old', target: '', user: null, detail: null }));
  for (let twice = 0; twice < 2; twice += 1) await kit.dialect.db.insertInto('pwj_log').values(old).execute();
  await note(1);
  for (const removed of [500, 500, 200]) expect(await log.prune(kit.clock.now() + 89 * DAY)).toBe(removed);
  expect((await log.list()).entries).toHaveLength(1);
  expect(await log.prune(kit.clock.now() + 91 * DAY)).toBe(1);
  expect((await log.list()).entries).toEqual([]);
});
