// Parsing the words of a command line, and the messages for invalid ones.
import { describe, expect, test } from 'vitest';
import { GLOBAL, milliseconds, oneOf, readArguments, splitCommand, whole } from './arguments.ts';

const OPTIONS = {
  status: { type: 'string', value: 'STATE', about: '' },
  wait: { type: 'boolean', short: 'w', about: '' },
  ...GLOBAL,
} as const;
const read = (...args: string[]) => readArguments(args, OPTIONS);

test('options and arguments may come in any order, and options have short forms', () => {
  expect(read('a', '--status=failed', '-w', '-', '--json', '{"b":1}')).toEqual({
    values: { status: 'failed', wait: true, json: true },
    positionals: ['a', '-', '{"b":1}'],
  });
});

test('after two dashes everything is an argument', () => {
  expect(read('--', '--status').positionals).toEqual(['--status']);
});

test.each<[args: string[], says: string]>([
  [['--stat', 'x'], 'Unknown option --stat: did you mean --status?'],
  [['--frobnicate'], /^Unknown option --frobnicate: the options are --status, --wait, /.source],
  [['-x'], 'Unknown option --x: the options are'],
  [['--mysql://root:secret@db'], 'Unknown option: the options are'],
  [['--status'], '--status needs a value: --status STATE.'],
  [['--status', '--json'], '--status needs a value: --status STATE.'],
  [['--json=yes'], '--json takes no value.'],
])('%j is refused', (args, says) => {
  expect(() => read(...args)).toThrow(says.startsWith('^') ? new RegExp(says) : says);
});

test('an unknown option is named without its value', () => {
  expect(() => read('--databse=mysql://root:secret@db/x')).toThrow(
    /^Unknown option --databse: did you mean --database\?$/,
  );
});

describe('the command', () => {
  test.each<[args: string[], name: string | undefined, rest: string[]]>([
    [['list', '--status', 'x'], 'list', ['--status', 'x']],
    [['--config', 'list', 'show', 'id'], 'show', ['--config', 'list', 'id']],
    [['--json', 'nodes'], 'nodes', ['--json']],
    [['--help'], undefined, ['--help']],
  ])('of %j is found among its options', (args, name, rest) => {
    expect(splitCommand(args)).toMatchObject({ name, rest });
  });
});

test('numbers are whole and within their range', () => {
  expect(whole('12', '--limit', 1, 200)).toBe(12);
  expect(whole(undefined, '--limit', 1, 200)).toBeUndefined();
  for (const text of ['', '0', '201', '1.5', '-1', '1e2', 'ten'])
    expect(() => whole(text, '--limit', 1, 200)).toThrow('--limit must be a whole number from 1 to 200.');
});

test('a misspelt word gets the nearest one from the list', () => {
  expect(oneOf('run', 'The action', ['run', 'stop'])).toBe('run');
  expect(() => oneOf('stpo', 'The action', ['run', 'stop'])).toThrow('must be one of run, stop: did you mean stop?');
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
