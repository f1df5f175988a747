// Lists and searches: all words are needed, the newest come first, and pages meet without a gap whatever type a job has.
import type { JobFilter, Where } from '@phraseworks/sdk';
import { JOB_SORTS } from '@phraseworks/sdk/host';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CoreKit, openCore } from '../../test/core-kit.ts';

let kit: CoreKit;
beforeEach(async () => {
  kit = await openCore();
  for (const type of ['a', 'b', 'c']) kit.register(type, async () => {});
  kit.register('email', async () => {}, {}, 'post');
});
afterEach(() => kit.close());

const list = async (filter: JobFilter, where?: Where) => kit.core.reads.list(filter, await kit.core.holds.now(), where);
const add = (data: unknown, type = 'email') => kit.add({ type, data });
const found = async (q: string, more: object = {}) => (await list({ q, ...more })).records.map(({ id }) => id);
const fail = (id: string, error: string) =>
  kit.dialect.db.updateTable('pwj_jobs').set({ error }).where('id', '=', id).execute();

/** Follows the cursors to the end. */
async function pagesOf(filter: JobFilter, where?: Where) {
  const pages: { ids: string[]; capped: boolean }[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await list({ ...filter, ...(cursor ? { cursor } : {}) }, where);
    pages.push({ ids: page.records.map(({ id }) => id), capped: page.capped });
    cursor = page.nextCursor;
  }
  return pages;
}
const all = async (filter: JobFilter) => (await pagesOf(filter)).flatMap(({ ids }) => ids);

describe('words', () => {
  test('must all match, in any order', async () => {
    const both = await add({ to: 'Rosa Lovelace' });
    await add({ to: 'Rosa Byron' });
    expect(await found('lovelace ROSA')).toEqual([both]);
    expect(await found('"lovelace rosa"')).toEqual([]);
    expect(await found('"rosa lovelace" type:email plugin:post')).toEqual([both]);
    expect(await found('rosa plugin:other')).toEqual([]);
  });

  test('with a field name match only that field', async () => {
    const one = await add({ to: 'timeout@example.com' });
    const other = await add({ to: 'rosa@example.com' });
    await fail(other, 'Timeout after 30 ms');
    expect(await found('error:timeout')).toEqual([other]);
    expect(await found('data.to:TIMEOUT')).toEqual([one]);
    expect(await found(`id:${one.slice(-6)}`)).toEqual([one]);
    expect(await found('type:emai')).toEqual([]);
  });

  test('find a cause with its numbers left out', async () => {
    const id = await add({});
    await fail(id, 'no answer within 5000 ms from host 12');
    expect(await found('error:"no answer within # ms from host #"')).toEqual([id]);
    expect(await found('error:"no answer # host 13"')).toEqual([]);
  });

  test.each<[string, unknown]>([
    ['data.n:42', { n: 42 }],
    ['data.draft:true', { draft: true }],
    ['data.to.name:rosa', { to: { name: 'Rosa' } }],
    ['data.to:rosa', { to: ['bob', 'Rosa'] }],
    ['data.to.1:rosa', { to: ['bob', 'rosa'] }],
    ['data.text:"say \\"hi"', { text: 'say \\hi' }],
    ['data.größe:ß', { größe: 'groß' }],
    ['data.path:C:\\temp', { path: 'C:\\temp' }],
    ['C:\\temp', { path: 'C:\\temp' }],
    ['data.rate:100%', { rate: '100%' }],
  ])('%s finds %j', async (q, data) => {
    await add({ n: 4, draft: false, to: 'bob', rate: '1000' });
    const id = await add(data);
    expect(await found(q)).toEqual([id]);
  });

  test('skip data that was corrupted by hand', async () => {
    const broken = await add({});
    await kit.dialect.db.updateTable('pwj_jobs').set({ data: '{"to":"rosa' }).where('id', '=', broken).execute();
    const whole = await add({ to: 'rosa' });
    expect(await found('data.to:rosa')).toEqual([whole]);
    expect(await found('rosa')).toEqual([whole, broken]);
  });

  test('are refused above 20', async () => {
    await expect(found('a '.repeat(21))).rejects.toMatchObject({ code: 'INVALID_DATA', errors: [{ path: 'q' }] });
    expect(await found('a '.repeat(20))).toEqual([]);
  });
});

describe('by state', () => {
  test('jobs of many types and priorities are listed in the order of their ids, in pages without gaps', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 24; i += 1) {
      const priority = (['low', 'normal', 'high', 'urgent'] as const)[i % 4] ?? 'normal';
      ids.unshift(await kit.add({ type: ['a', 'b', 'c'][i % 3] ?? 'a', data: { i }, priority }));
    }
    const pages = await pagesOf({ status: ['pending', 'failed'], limit: 7 });
    expect(pages.flatMap((page) => page.ids)).toEqual(ids);
    expect(pages.some(({ capped }) => capped)).toBe(false);
  });
});

test('the jobs of a schedule are found by its name, even if added by hand or among others', async () => {
  const ids: string[] = [];
  for (const tick of [1, 2]) {
    await add({});
    await kit.core.queue.addTick({ type: 'email', data: {} }, { plugin: 'post', schedule: 'post/daily', tick });
  }
  ids.push((await kit.core.queue.add({ type: 'email', data: {} }, { plugin: 'post', schedule: 'post/daily' })).id);
  await kit.core.queue.add({ type: 'email', data: {} }, { plugin: 'post', schedule: 'post/dail' });
  const daily = async (more = {}) => (await list({ schedule: 'post/daily', ...more })).records;
  expect((await daily()).map(({ id }) => id)).toEqual([...ids, expect.any(String), expect.any(String)]);
  expect(await daily({ status: 'completed' })).toEqual([]);
  expect(await daily({ status: 'pending', limit: 1 })).toHaveLength(1);
});

test('a state in the search is one of the conditions, and an unknown one is refused', async () => {
  const waiting = await add({ to: 'rosa' });
  const cancelled = await add({ to: 'rosa' });
  await kit.core.actions.cancel(cancelled, null);
  expect(await found('rosa status:cancelled')).toEqual([cancelled]);
  expect(await found('state:pending', { status: ['pending', 'failed'] })).toEqual([waiting]);
  expect(await found('status:pending status:cancelled')).toEqual([]);
  expect(await found('status:pending', { status: 'completed' })).toEqual([]);
  expect(await found('"status:pending"')).toEqual([]);
  await expect(found('status:mailed')).rejects.toMatchObject({ code: 'INVALID_DATA', errors: [{ path: 'q' }] });
});

describe('ready and delayed jobs', () => {
  test('are told apart everywhere a state is accepted', async () => {
    const ready = await add({ to: 'rosa' });
    const delayed = await kit.add({ type: 'email', data: { to: 'rosa' }, delay: 60_000 });
    expect(await found('', { status: 'ready' })).toEqual([ready]);
    expect(await found('', { status: 'delayed' })).toEqual([delayed]);
    expect(await found('', { status: ['ready', 'delayed'] })).toEqual([delayed, ready]);
    expect(await found('rosa status:delayed')).toEqual([delayed]);
    expect(await found('status:ready', { status: 'pending' })).toEqual([ready]);
    expect(await found('status:pending', { status: 'delayed' })).toEqual([delayed]);
    expect(await found('status:ready', { status: 'delayed' })).toEqual([]);
    const mailed = found('', { status: 'mailed' });
    await expect(mailed).rejects.toMatchObject({ code: 'INVALID_DATA', errors: [{ path: 'status' }] });
  });
});

describe('in another order', () => {
  /** In the order of being due; many at the same time. */
  const addDelayed = async () => {
    const rows: { id: string; delay: number }[] = [];
    for (let i = 0; i < 30; i += 1) {
      const delay = [5, 1, 3, 3, 3, 3][i % 6] as number;
      const type = ['a', 'b', 'email'][i % 3] ?? 'a';
      const job = { type, data: { i }, delay: delay * 60_000 };
      rows.push({ id: await kit.add(job), delay });
      await add({ i }, 'c');
    }
    return rows.sort((x, y) => x.delay - y.delay).map(({ id }) => id);
  };

  test('the oldest come first, in pages without gaps', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 12; i += 1) ids.push(await add({ i }, ['a', 'b', 'c'][i % 3]));
    expect(await all({ sort: 'oldest', limit: 5 })).toEqual(ids);
    expect(await all({ sort: 'oldest', limit: 5, status: 'pending' })).toEqual(ids);
    expect(await all({ sort: 'oldest', limit: 2, type: 'b', q: 'i' })).toEqual(ids.filter((_, i) => i % 3 === 1));
  });

  test('the delayed jobs that are due soonest come first, in pages without gaps, even if many are due at once', async () => {
    const ids = await addDelayed();
    for (const limit of [4, 7, 50]) expect(await all({ sort: 'due', limit })).toEqual(ids);
    expect(await all({ sort: 'due', limit: 7, status: 'delayed' })).toEqual(ids);
    expect(await all({ sort: 'due', limit: 7, status: ['pending', 'failed'] })).toEqual(ids);
    expect(await all({ sort: 'due', status: 'ready' })).toEqual([]);
    expect(await all({ sort: 'due', limit: 3, ids: ids.slice(2, 20) })).toEqual(ids.slice(2, 20));
  });

  test('the jobs that ended last come first, in pages without gaps, of a time, in a state and of a type', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 30; i += 1) {
      const id = await add({ i }, ['a', 'b', 'c'][i % 3]);
      if (i % 5 > 0) await kit.core.actions.cancel(id, null);
      if (i % 5 > 0) ids.unshift(id);
      if (i % 4 === 0) await kit.clock.advance(1_000);
    }
    const endOf = async (id = '') => (await list({ ids: [id] })).records[0]?.finishedAt ?? 0;
    const ends = new Map(await Promise.all(ids.map(async (id) => [id, await endOf(id)] as const)));
    const [last = 0, first = 0] = [ends.get(ids[4] ?? ''), ends.get(ids[18] ?? '')];
    const within = ids.filter((id) => (ends.get(id) ?? 0) >= first && (ends.get(id) ?? 0) < last);
    for (const limit of [2, 7, 50]) {
      expect(await all({ sort: 'ended', limit })).toEqual(ids);
      expect(await all({ endedFrom: first, endedTo: last, limit })).toEqual(within);
      expect(await all({ endedFrom: first, endedTo: last, status: 'cancelled', limit })).toEqual(within);
    }
    const ofB = (await list({ type: 'b', status: 'cancelled' })).records.map(({ id }) => id);
    expect(await all({ endedFrom: first, type: 'b', limit: 2 })).toEqual(
      ids.filter((id) => ofB.includes(id) && (ends.get(id) ?? 0) >= first),
    );
    expect(await all({ endedFrom: first, status: 'pending' })).toEqual([]);
    expect(await all({ endedTo: last, ids: within.slice(2) })).toEqual(within.slice(2));
    const mixed = list({ endedFrom: first, sort: 'newest' });
    await expect(mixed).rejects.toMatchObject({ code: 'INVALID_DATA', errors: [{ path: 'sort' }] });
  });

  test('a page continues after a job that was deleted meanwhile', async () => {
    const ids = await addDelayed();
    const { records, nextCursor } = await list({ sort: 'due', limit: 10 });
    await kit.core.actions.remove(records.at(-1)?.id ?? '');
    expect(await all({ sort: 'due', cursor: nextCursor ?? '' })).toEqual(ids.slice(10));
  });

  test('the cursor of one order is refused by the others', async () => {
    const [, , ...gone] = await addDelayed();
    for (const id of gone) await kit.core.actions.cancel(id, null);
    for (const sort of JOB_SORTS) {
      const { nextCursor } = await list({ sort, limit: 1 });
      for (const other of JOB_SORTS.filter((one) => one !== sort)) {
        const page = list({ sort: other, cursor: nextCursor ?? '' });
        const message = expect.stringContaining(`sorted by ${sort}`);
        await expect(page).rejects.toMatchObject({ code: 'INVALID_DATA', errors: [{ path: 'cursor', message }] });
      }
    }
    const unknown = list({ sort: 'random' as 'due' });
    await expect(unknown).rejects.toMatchObject({ code: 'INVALID_DATA', errors: [{ path: 'sort' }] });
  });
});

test('jobs are found by their ids, newest first, and other conditions apply as well', async () => {
  const a = await add({ to: 'rosa' });
  const b = await add({ to: 'bob' }, 'b');
  const c = await add({ to: 'rosa' });
  await add({ to: 'rosa' });
  expect(await found('', { ids: [a, 'no id', c, b, '01900000-0000-7000-8000-000000000000'] })).toEqual([c, b, a]);
  expect(await found('rosa', { ids: [a, b], status: 'pending' })).toEqual([a]);
  expect(await found('', { ids: [a], status: 'completed' })).toEqual([]);
  expect(await found('', { ids: [a], schedule: 'post/daily' })).toEqual([]);
  expect(await found('', { ids: [] })).toEqual([]);
  expect(await found('', { ids: Array.from({ length: 100 }, () => a) })).toEqual([a]);
  const many = found('', { ids: Array.from({ length: 40_000 }, () => a) });
  await expect(many).rejects.toMatchObject({ code: 'INVALID_DATA', errors: [{ path: 'ids' }] });
});

describe('in large data', () => {
  test('every visible match is found once, newest first', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 12; i += 1) {
      const id = await add({ text: 'x'.repeat(i % 4 === 0 ? 10 : 250_000), to: i % 3 === 0 ? 'bob' : 'rosa' });
      if (i % 3 !== 0) ids.unshift(id);
    }
    for (const q of ['rosa', 'data.to:rosa']) {
      const pages = await pagesOf({ q, limit: 3 });
      expect(pages.flatMap((page) => page.ids)).toEqual(ids);
      expect(pages.map(({ capped }) => capped)).toEqual([false, false, false]);
      const seen = await pagesOf({ q, limit: 3 }, { data: { to: 'rosa' } });
      expect(seen.flatMap((page) => page.ids)).toEqual(ids);
    }
  });
});
