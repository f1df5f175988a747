// The statements of the schedules: guarded changes, and due schedules.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ManualClock } from '../../../testing/src/manual-clock.ts';
import { openTestDatabase } from '../../test/core-kit.ts';
import type { Dialect } from './dialect.ts';
import { Ledger } from './ledger.ts';
import type { ScheduleEntry } from './schedule-store.ts';
import { ScheduleStore } from './schedule-store.ts';

let dialect: Dialect;
let store: ScheduleStore;
const entry = (key: string): ScheduleEntry => ({
  key,
  plugin: 'shop',
  name: key,
  dataVersion: 2,
  pattern: '* * * * *',
  timezone: 'UTC',
  missed: { all: 3 },
  declared: true,
  job: '{"type":"report"}',
});
const put = (key: string, nextAt: number) => store.put(entry(key), () => nextAt, 1, 500);

beforeEach(async () => {
  dialect = await openTestDatabase();
  store = new ScheduleStore(new Ledger(dialect, 'test', new ManualClock()));
});
afterEach(() => dialect.close());

it('a schedule is announced only if it changed, since a host may declare it again with every request', async () => {
  const announced = async () => (await dialect.db.selectFrom('pwj_events').select('seq').execute()).length;
  await put('a', 60);
  const once = await announced();
  await put('a', 60);
  expect(await announced()).toBe(once);
  await put('a', 120);
  expect(await announced()).toBe(once + 1);
});

it('an insert that fails because the key exists by now becomes an update', async () => {
  await put('a', 60);
  let failures = 1;
  // What an engine without a global write lock does to the slower of two inserts.
  const slower: Dialect = {
    ...dialect,
    transaction: (work) => (failures-- > 0 ? Promise.reject(new Error('duplicate key')) : dialect.transaction(work)),
  };
  const racing = new ScheduleStore(new Ledger(slower, 'test', new ManualClock()));
  await racing.put({ ...entry('a'), missed: 'skip' }, (old) => (old?.nextAt ?? 0) + 1, 1, 500);
  expect(await store.get('a')).toMatchObject({ missed: 'skip', nextAt: 61 });
  failures = 1;
  await expect(racing.put(entry('b'), () => 1, 1, 500)).rejects.toThrow('duplicate key');
});
