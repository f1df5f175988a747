// One plain line each, whatever a stranger's text holds.
import { expect, test } from 'vitest';
import { createLogger, type Level, named, oneLine } from './logger.ts';

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

test.each<[Level, number]>([
  ['debug', 4],
  ['info', 3],
  ['warn', 2],
  ['error', 1],
  ['silent', 0],
])('at %s %i of the four levels are written', (level, n) => {
  const lines: string[] = [];
  const log = createLogger(level, (line) => lines.push(line));
  for (const own of LEVELS) log[own]('text');
  expect(lines).toEqual(LEVELS.slice(4 - n).map((own) => `${own.padEnd(5)} text`));
});

test('a line takes values as the console does and names its part', () => {
  const lines: string[] = [];
  const log = createLogger('debug', (line) => lines.push(line));
  log.info('sent %d of %s', 3, 'four', { to: 'ada' });
  named(log, 'email').warn('sent', 3, { to: 'ada' });
  expect(lines).toEqual(["info  sent 3 of four { to: 'ada' }", "warn  [email] sent 3 { to: 'ada' }"]);
});

test('text with line ends, colours and bells stays one plain line', () => {
  expect(oneLine('a\nerror forged\r\u001b[31mred\u0007\u0000\u009bend')).toBe('a error forged [31mred end');
});

test('a line is at most 4,000 characters long', () => {
  expect(oneLine('x'.repeat(1_000_000))).toHaveLength(4_000);
});
