// Parsing the words of a command line: what the commands themselves do not show, and that no value is repeated.
import { expect, test } from 'vitest';
import { GLOBAL, milliseconds, readArguments, splitCommand, whole } from './arguments.ts';

const OPTIONS = {
  status: { type: 'string', value: 'STATE', about: '' },
  wait: { type: 'boolean', short: 'w', about: '' },
  ...GLOBAL,
} as const;
const read = (...args: string[]) => readArguments(args, OPTIONS);

test('options and arguments may come in any order, and after two dashes everything is an argument', () => {
  expect(read('a', '--status=failed', '-w', '-', '--json', '--', '--wait')).toEqual({
    values: { status: 'failed', wait: true, json: true },
    positionals: ['a', '-', '--wait'],
  });
  expect(splitCommand(['--config', 'list', 'show', 'id'])).toMatchObject({
    name: 'show',
    rest: ['--config', 'list', 'id'],
  });
});

test.each<[args: string[], says: RegExp]>([
  [['--frobnicate'], /^Unknown option --frobnicate: the options are --status, --wait, /],
  [['-x'], /^Unknown option --x: the options are/],
  [['--mysql://root:secret@db'], /^Unknown option: the options are/],
  [['--databse=mysql://root:secret@db/x'], /^Unknown option --databse: did you mean --database\?$/],
  [['--status', '--json'], /^--status needs a value: --status STATE\.$/],
  [['--json=yes'], /^--json takes no value\.$/],
])('%j is refused', (args, says) => {
  expect(() => read(...args)).toThrow(says);
});

test.each(['', '0', '201', '1.5', '-1', '1e2', 'ten'])('"%s" is not a whole number within its range', (text) => {
  expect(() => whole(text, '--limit', 1, 200)).toThrow('--limit must be a whole number from 1 to 200.');
});

test.each<[text: string, ms: number]>([
  ['1500', 1_500],
  ['250ms', 250],
  ['30s', 30_000],
  ['5m', 300_000],
  ['2h', 7_200_000],
  ['1d', 86_400_000],
  ['3 days', 259_200_000],
])('the time %s is %i ms', (text, ms) => {
  expect(milliseconds(text, '--delay')).toBe(ms);
});

test.each(['', 'soon', '-5', '1.5h', '5 m', '5y', '5constructor'])('"%s" is not a duration', (text) => {
  expect(() => milliseconds(text, '--delay')).toThrow(/^--delay must be milliseconds/);
});
