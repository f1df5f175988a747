// The one connection that writes: one transaction after the other, whole or not at all.
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ALL_FREE } from '../../../../test/suites/store/opened.ts';
import { temporaryFolder } from '../../../../test/support/folder.ts';
import { turn } from '../../../../testing/src/manual-clock.ts';
import { openCore, openTestDatabase } from '../../../test/core-kit.ts';
import { systemClock, systemRandom } from '../../kernel/clock.ts';
import type { Dialect } from '../dialect.ts';
import { prepare } from '../prepared.ts';
import { openSqlite } from './engine.ts';

describe.each(['in memory', 'on a file'])('SQLite %s', (where) => {
  let folder: string;
  let dialect: Dialect;
  beforeEach(async () => {
    folder = await temporaryFolder();
    dialect = await openTestDatabase(where === 'in memory' ? ':memory:' : join(folder, 'jobs.db'));
    await dialect.db.deleteFrom('pwj_meta').execute();
  });
  afterEach(() => dialect.close());

  const all = () => prepare<object, { key: string }>(() => dialect.db.selectFrom('pwj_meta').select('key'));

  test('transactions run one after the other, even if they pause', async () => {
    const steps: string[] = [];
    const slowly = (name: string) =>
      dialect.transaction(async () => {
        steps.push(`${name} in`);
        await turn(3);
        steps.push(`${name} out`);
      });
    const quickly = () =>
      dialect.transaction(async ({ db }) => {
        await db.insertInto('pwj_meta').values({ key: 'k', value: 'x' }).execute();
        steps.push('k');
      });
    await Promise.all([slowly('a'), slowly('b'), quickly(), slowly('c')]);
    expect(steps).toEqual(['a in', 'a out', 'b in', 'b out', 'k', 'c in', 'c out']);
  });

  test('uncommitted changes are invisible from outside', async () => {
    const seen: Promise<{ key: string }[]>[] = [];
    await dialect.transaction(async ({ db }) => {
      await db.insertInto('pwj_meta').values({ key: 'a', value: '' }).execute();
      seen.push(dialect.read(all(), {}));
      await turn(3);
      await db.deleteFrom('pwj_meta').execute();
    });
    expect(await Promise.all(seen)).toEqual([[]]);
  });
});

test('many reads at once are spread over turns of the event loop, in order', async () => {
  const folder = await temporaryFolder();
  let [now, turned] = [0, 0];
  const soon = (fn: () => void) =>
    systemClock.soon(() => {
      turned += 1;
      fn();
    });
  const clock = { ...systemClock, now: () => now, soon };
  const dialect = await openSqlite(join(folder, 'jobs.db'), { clock, random: systemRandom });
  await sql`create table numbers (n integer)`.execute(dialect.db);
  const read = async (n: number) => {
    await sql`select n from numbers`.execute(dialect.reader);
    // The next one has begun when this is known.
    now += 5;
    return [n, turned];
  };
  expect(await Promise.all([1, 2, 3, 4, 5, 6].map(read))).toEqual([
    [1, 0],
    [2, 0],
    [3, 1],
    [4, 1],
    [5, 2],
    [6, 2],
  ]);
  await dialect.close();
});

test('a search stops after 100 MB of data and can continue from there', async () => {
  const kit = await openCore();
  kit.register('email', async () => {});
  const ids: string[] = [];
  for (let i = 0; i < 12; i += 1) ids.unshift(await kit.add({ type: 'email', data: {} }));
  await sql`update pwj_jobs set data = '{"to":"rosa","text":"' || hex(zeroblob(5000000)) || '"}'`.execute(
    kit.dialect.db,
  );
  const list = async (filter: object) => {
    const { records, nextCursor, capped } = await kit.core.reads.list({ limit: 200, brief: true, ...filter }, ALL_FREE);
    return { ids: records.map(({ id }) => id), nextCursor, capped };
  };
  expect(await list({ q: 'rosa' })).toEqual({ ids: ids.slice(0, 10), nextCursor: ids[9], capped: true });
  expect(await list({ q: 'rosa', cursor: ids[9] })).toEqual({ ids: ids.slice(10), nextCursor: null, capped: false });
  // A search that does not read the data is not limited by its size.
  expect(await list({ type: 'email' })).toEqual({ ids, nextCursor: null, capped: false });
  await kit.close();
});
