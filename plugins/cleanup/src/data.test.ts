// The data of a job: the specification's unchanged, strict durations, and a fixed list of actions.
import { parse } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { CleanupData } from './data.ts';

const LIST = '0190a0b0-0000-7000-8000-000000000000';
const errorsOf = async (data: unknown) => {
  const parsed = await parse(CleanupData, data, 'data');
  return parsed.ok ? [] : parsed.errors.map(({ path }) => path);
};

test.each(['30', '30days', '-1 days', '1.5 days', '2 months', '1 year', '0 days', '30 days; drop', '99999 weeks', ''])(
  'the duration %j is refused',
  async (olderThan) => {
    expect(await errorsOf({ action: 'temp_files', olderThan })).toEqual(['data.olderThan']);
  },
);

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
