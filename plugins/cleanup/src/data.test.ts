// The data of a job: a fixed list of actions, and lists that are run as they are.
import { parse } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { CleanupData } from './data.ts';

const LIST = '0190a0b0-0000-7000-8000-000000000000';
const errorsOf = async (data: unknown) => {
  const parsed = await parse(CleanupData, data, 'data');
  return parsed.ok ? [] : parsed.errors.map(({ path }) => path);
};

test.each(['', 'x', 'x; drop table users', 'TEMP_FILES', '../x', 'a/b/c', 'a/', '/a', 'temp_files ', 7, null])(
  'the action %j is refused',
  async (action) => {
    expect(await errorsOf({ action })).toEqual(['data.action']);
  },
);

test('a list is run unchanged, by its id alone', async () => {
  expect(await errorsOf({ action: 'temp_files', list: '../x' })).toEqual(['data.list']);
  expect(await errorsOf({ action: 'temp_files', list: LIST, olderThan: '1 day' })).toEqual(['data']);
  expect(await errorsOf({ action: 'temp_files', list: LIST, dryRun: true })).toEqual(['data']);
  expect(await errorsOf({ action: 'temp_files', path: '/etc' })).toEqual(['data']);
});
