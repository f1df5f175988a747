// The log of who did what: pages, what is cut, and what grows too old.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CoreKit, openCore } from '../../test/core-kit.ts';
import { LogStore } from './log-store.ts';

const DAY = 86_400_000;

let kit: CoreKit;
let log: LogStore;
beforeEach(async () => {
  kit = await openCore();
  log = new LogStore(kit.dialect, kit.clock);
});
afterEach(() => kit.close());

const note = (n: number) => log.add({ user: 'ada', action: 'cancelJob', target: `job ${n}` });

test('an entry says when, who, what and to what', async () => {
  await log.add({ user: null, action: 'bulk', target: 'delete', detail: 'failed' });
  expect(await log.list()).toEqual({
    entries: [
      { id: 1, at: '2026-01-01T00:00:00.000Z', user: null, action: 'bulk', target: 'delete', detail: 'failed' },
    ],
    nextBefore: null,
  });
});

test('pages are newest first and meet without a gap', async () => {
  for (let n = 1; n <= 5; n += 1) await note(n);
  const seen: string[] = [];
  let before: number | null | undefined;
  while (before !== null) {
    const page = await log.list({ limit: 2, ...(before === undefined ? {} : { before }) });
    seen.push(...page.entries.map(({ target }) => target));
    before = page.nextBefore;
  }
  expect(seen).toEqual(['job 5', 'job 4', 'job 3', 'job 2', 'job 1']);
});

test('what is longer than its column is cut, and never fails', async () => {
  const long = 'x'.repeat(5_000);
  await log.add({ user: long, action: long, target: long, detail: long });
  const [entry] = (await log.list()).entries;
  expect([entry?.user?.length, entry?.action.length, entry?.target.length, entry?.detail?.length]).toEqual([
    190, 190, 190, 1_000,
  ]);
});

test('what is older than 90 days goes, pass after pass, and the rest stays', async () => {
  await kit.dialect.db
    .insertInto('pwj_log')
    .values(Array.from({ length: 900 }, (_, n) => ({ at: n, action: 'old', target: '', user: null, detail: null })))
    .execute();
  await kit.dialect.db
    .insertInto('pwj_log')
    .values(Array.from({ length: 300 }, (_, n) => ({ at: n, action: 'old', target: '', user: null, detail: null })))
    .execute();
  await note(1);
  expect(await log.prune(kit.clock.now() + 89 * DAY)).toBe(1_200);
  expect((await log.list()).entries).toHaveLength(1);
  expect(await log.prune(kit.clock.now() + 91 * DAY)).toBe(1);
  expect((await log.list()).entries).toEqual([]);
});
