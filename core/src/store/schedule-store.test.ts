// The statements of the schedules: guarded changes, and due schedules.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ManualClock } from '../../../testing/src/manual-clock.ts';
import { openTestDatabase } from '../../test/core-kit.ts';
import { identify } from '../kernel/identity.ts';
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
  store = new ScheduleStore({ ledger: new Ledger({ dialect, identity: identify('test'), clock: new ManualClock() }) });
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

it('two processes that declare a new schedule at once both succeed, and leave one', async () => {
  const other = new ScheduleStore({
    ledger: new Ledger({ dialect, identity: identify('other'), clock: new ManualClock() }),
  });
  await Promise.all([store, other].map((one, i) => one.put(entry('a'), () => 60 + i, 1, 500)));
  expect((await store.list()).map(({ key }) => key)).toEqual(['a']);
});
