// An open claim locks only its own jobs.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { OpenedStore } from '../../../test/suites/store/opened.ts';
import { openTestDatabase } from '../../test/core-kit.ts';
import type { ClaimedJob, JobRecord } from '../job/record.ts';
import type { Dialect } from './dialect.ts';
import type { Tx } from './tx.ts';

let dialect: Dialect;
let store: OpenedStore;
beforeEach(async () => {
  dialect = await openTestDatabase();
  store = new OpenedStore(dialect);
});
afterEach(() => dialect.close());

const insert = (records: readonly JobRecord[]): Promise<void> =>
  dialect.transaction((tx) => tx.insertAll(dialect.statements.insert, records));

const take = (tx: Tx, limit: number, node: string): Promise<ClaimedJob[]> =>
  dialect.statements.claim(tx, { type: 'email', priority: 2, limit, node, leaseUntil: 9, now: 1, holds: 1 });

const claim = async (tx: Tx, limit: number): Promise<string[]> => (await take(tx, limit, 'n')).map(({ id }) => id);

/** Claims ten, and lets `meanwhile` come to its end before its transaction does. */
const whileTenAreHeld = <T>(meanwhile: (held: string[]) => Promise<T>): Promise<T> =>
  dialect.transaction(async (tx) => meanwhile(await claim(tx, 10)));

test('a second claim gets all the other jobs at once, each exactly once', async () => {
  const jobs = Array.from({ length: 200 }, () => store.record());
  await insert(jobs);
  const ids = jobs.map(({ id }) => id);
  await whileTenAreHeld(async (held) => {
    expect(held).toEqual(ids.slice(0, 10));
    expect(await dialect.transaction((tx) => claim(tx, 1_000))).toEqual(ids.slice(10));
  });
  const rows = await dialect.reader.selectFrom('pwj_jobs').select(['state', 'run']).execute();
  expect(rows.every(({ state, run }) => state === 'processing' && run === 1)).toBe(true);
});

test('a new job before, between or after the claimed ones is stored without waiting', async () => {
  const jobs = Array.from({ length: 203 }, () => store.record());
  const fresh = jobs.filter((_, i) => [0, 5, 202].includes(i));
  await insert(jobs.filter((job) => !fresh.includes(job)));
  await whileTenAreHeld(async (held) => {
    expect(held).toHaveLength(10);
    // A transaction that waited for the one around it would end with an error, after the patience of the server.
    for (const job of fresh) await insert([job]);
    await insert([store.record({ priority: 0 }), store.record({ priority: 3 })]);
  });
  const rows = await dialect.reader.selectFrom('pwj_jobs').select('id').where('state', '=', 'ready').execute();
  expect(rows).toHaveLength(205 - 10);
});

test('others renew their leases and settle their jobs, even when they hold most of the table', async () => {
  await insert(Array.from({ length: 200 }, () => store.record()));
  await whileTenAreHeld(async () => {
    const jobs = await dialect.transaction((tx) => take(tx, 190, 'm'));
    const held = await dialect.transaction((tx) => dialect.statements.renew(tx, { node: 'm', leaseUntil: () => 99 }));
    expect(held).toHaveLength(190);
    const outcomes = jobs.map((job) => ({ ...store.settlement(job), node: 'm' }));
    const written = await dialect.transaction((tx) => dialect.statements.settle(tx, outcomes));
    expect(written.filter(Boolean)).toHaveLength(190);
  });
});
