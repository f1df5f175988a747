import type { Dialect } from '@phraseworks/jobs/internals/core';
import { expect, test } from 'vitest';
import { DIRECTIONS, fillDatabase, freshUrl, moveOver, openForTest } from '../../test/move-rig.ts';
import { describeTable, isMovable } from './tables.ts';
import { isEqual, verifyTable } from './verify.ts';

const [from, to] = DIRECTIONS[0] ?? ['sqlite', 'sqlite'];
const KEY = '01990000-0000-7000-8000-000000000150';

async function stand(change: (dialect: Dialect) => Promise<unknown>) {
  const source = await openForTest(await freshUrl(from));
  const target = await openForTest(await freshUrl(to));
  await fillDatabase(source, 400);
  await moveOver(source, target);
  await change(target);
  const table = await describeTable(source, 'pwj_jobs');
  if (!isMovable(table)) throw new Error('the jobs cannot be moved');
  return verifyTable({ source, target }, table);
}

test('two tables with the same rows have the same checksum', async () => {
  const proof = await stand(async () => {});
  expect(proof).toMatchObject({ rows: { source: 400, target: 400, read: 400 }, difference: null });
  expect(proof.checksum.source).toBe(proof.checksum.target);
  expect(isEqual(proof)).toBe(true);
});

test.each([
  ['a space at the end of a text', { message: 'ends with spaces  ' }],
  ['a text that becomes empty', { result: '' }],
  ['a number that is one more', { timeout: 30_001 }],
])('%s is found, with the key of its row', async (_what, change) => {
  const proof = await stand(({ db }) => db.updateTable('pwj_jobs').set(change).where('id', '>=', KEY).execute());
  expect(proof.difference).toEqual({ key: [KEY], what: 'is not the same in the target' });
  expect(isEqual(proof)).toBe(false);
});

test('a missing row, and one that only the target has, are named by their keys', async () => {
  const missing = await stand(({ db }) => db.deleteFrom('pwj_jobs').where('id', '=', KEY).execute());
  expect(missing.difference).toEqual({ key: [KEY], what: 'is missing in the target' });
  const more = await stand(({ db }) => db.updateTable('pwj_jobs').set({ id: 'z' }).where('id', '=', KEY).execute());
  expect(more.difference).toEqual({ key: [KEY], what: 'is missing in the target' });
  const extra = await stand((target) => fillDatabase(target, 401, 400));
  expect(extra.difference).toMatchObject({ what: 'is in the target only' });
  expect(isEqual(extra)).toBe(false);
});
