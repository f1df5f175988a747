// Settings: patterns stay below their root, and every mistake is named.
import { parse } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { CleanupConfig } from './config.ts';

const errorsOf = async (config: unknown) => {
  const parsed = await parse(CleanupConfig, config, 'config');
  return parsed.ok ? [] : parsed.errors.map(({ path, message }) => `${path} ${message}`);
};
const root = (more: object) => ({ roots: [{ path: 'data/tmp', kind: 'temp', ...more }] });

test.each(['/etc/*', '../*', 'a/../../b', './a', 'C:/x', '!', '!!a', 'a\0b'])(
  'the pattern %j is refused',
  async (text) => {
    expect(await errorsOf(root({ patterns: ['**', text] }))).toEqual([
      expect.stringMatching(/^config\.roots\[0\]\.patterns\[1\] /),
    ]);
  },
);

test('lone exclusions, invalid durations, unknown kinds and a duplicate root are refused', async () => {
  expect(await errorsOf(root({ patterns: ['!a'] }))).toEqual([
    'config.roots[0].patterns must have a pattern that does not begin with !',
  ]);
  expect(await errorsOf(root({ olderThan: '1 month' }))).toEqual([
    "config.roots[0].olderThan must be a duration such as '30 days', '12 hours' or '8 weeks'",
  ]);
  expect(await errorsOf(root({ kind: 'all' }))).toHaveLength(1);
  const twice = { path: './data/tmp/', kind: 'temp' };
  expect(await errorsOf({ roots: [...root({}).roots, twice] })).toEqual([
    'config.roots[1].path is named twice for the same kind',
  ]);
});
