// One plain line each, whatever a stranger's text holds.

import { format } from 'node:util';
import pino from 'pino';
import { expect, test } from 'vitest';
import { createLogger, hostLog, named, oneLine, withFields } from './logger.ts';

/** `value`, this many levels down. */
const deep = (levels: number, value: unknown): unknown => (levels === 0 ? value : { a: deep(levels - 1, value) });

test('invisible characters, other line breaks and direction marks are removed from a line', () => {
  expect(oneLine('a\u2028b\u2029c\u202ed\u200fe\u{e0041}f\ufeffg')).toBe('a b c d e f g');
  const lines: string[] = [];
  createLogger('info', (line) => lines.push(line), { format: 'json', now: () => 0 }).info(
    { a: 'x\u202ey' },
    'a\u2028b',
  );
  expect(lines[0]).toBe('{"a":"x y","level":"info","time":"1970-01-01T00:00:00.000Z","msg":"a b"}');
});

const ABOUT = { job: '0193', type: 'email', plugin: null, attempt: 2 };

test('fields follow the text, and undefined ones are left out', () => {
  const lines: string[] = [];
  const log = createLogger('debug', (line) => lines.push(line));
  log.warn(ABOUT, 'failed: %s', 'busy');
  named(log, 'mail').info({ to: 'ada and bob' }, 'sent');
  withFields(log, ABOUT).error('gone');
  expect(lines).toEqual([
    'warn  failed: busy job=0193 type=email attempt=2',
    'info  [mail] sent to="ada and bob"',
    'error gone job=0193 type=email attempt=2',
  ]);
});

test('as JSON each line is an object of level, time, text and fields only', () => {
  const lines: string[] = [];
  const log = createLogger('info', (line) => lines.push(line), { format: 'json', now: () => 0 });
  log.debug('not this one');
  log.warn({ ...ABOUT, level: 'forged' }, 'two\nlines \u009b31m');
  expect(lines).toHaveLength(1);
  expect(lines[0]).not.toMatch(/\p{Cc}/u);
  expect(JSON.parse(lines[0] ?? '')).toEqual({
    ...ABOUT,
    level: 'warn',
    time: '1970-01-01T00:00:00.000Z',
    msg: 'two\nlines  31m',
  });
});

test('pino receives fields as fields, the full text, and errors in its own form', () => {
  const lines: string[] = [];
  const log = hostLog(pino({ base: null, timestamp: false }, { write: (line) => void lines.push(line) }));
  named(log, 'mail').warn(ABOUT, 'failed: %s', 'busy');
  log.error('a request failed:', new TypeError('no'));
  const [first, second] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(first).toEqual({ ...ABOUT, level: 40, msg: '[mail] failed: busy' });
  expect(second).toMatchObject({ level: 50, err: { type: 'TypeError', message: 'no' } });
  expect(second?.msg).toMatch(/^a request failed: TypeError: no/);
});

test('a host logger that throws does not break its caller', () => {
  const broken = () => {
    throw new Error('the disk is full');
  };
  const log = hostLog({ debug: broken, info: broken, warn: broken, error: broken });
  expect(() => withFields(log, { job: 'a' }).warn('a job failed')).not.toThrow();
});

test.each<[string, unknown, unknown]>([
  ['a deep field', deep(8, { password: 'CANARY', to: 'ada' }), deep(8, { password: '********', to: 'ada' })],
  ['a URL', new URL('https://ada:CANARY@h/?token=CANARY'), 'https://ada:********@h/?token=********'],
  ['an object with its own toJSON()', { toJSON: () => ({ apiKey: 'CANARY', n: 1 }) }, { apiKey: '********', n: 1 }],
  ['an error within a field', { why: new Error('token=CANARY') }, { why: expect.stringContaining('token=********') }],
])('%s is masked as JSON, as a plain line, for pino and for the logger of a host', (_, value, shown) => {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  const logs = [createLogger('info', write, { format: 'json' }), hostLog(pino({ base: null }, { write }))];
  for (const log of logs) log.info({ value }, 'text');
  for (const line of lines) expect(JSON.parse(line)).toMatchObject({ value: shown });
  const host = (...args: unknown[]) => void lines.push(JSON.stringify(args));
  const plain = [createLogger('info', write), hostLog({ debug: host, info: host, warn: host, error: host })];
  for (const log of plain) {
    log.info({ value }, 'text');
    log.info('text', value);
  }
  createLogger('info', write).info('%j', value);
  expect(lines).toHaveLength(7);
  expect(lines.join()).not.toContain('CANARY');
});

test('secrets are masked before objects become text: in values, fields, errors, lists and maps, for our logger and that of a host', () => {
  const lines: string[] = [];
  const calls: unknown[][] = [];
  const own = (...args: unknown[]) => void calls.push(args);
  const circle: Record<string, unknown> = { password: 'CANARY' };
  circle.self = circle;
  const error = Object.assign(new TypeError('no mysql://ada:CANARY@h', { cause: new Error('token=CANARY') }), {
    config: { apiKey: 'CANARY' },
  });
  const args = [
    'x',
    { password: 'CANARY', to: 'ada' },
    circle,
    error,
    new Map([['secret', 'CANARY']]),
    ['Bearer CANARY'],
  ];
  createLogger('info', (line) => lines.push(line)).error(...args);
  createLogger('info', (line) => lines.push(line), { format: 'json' }).warn({ token: 'CANARY', job: '7' }, ...args);
  hostLog({ debug: own, info: own, warn: own, error: own }).error(...args);
  const all = lines.join() + format(...calls.flat());
  expect(all).not.toContain('CANARY');
  expect(lines[0]).toContain("to: 'ada'");
  expect(lines[0]).toContain('TypeError: no mysql://ada:********@h');
  expect(calls[0]?.[3]).toBeInstanceOf(TypeError);
  expect(circle.password).toBe('CANARY');
});
