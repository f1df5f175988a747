// Validating a new job: each option with invalid values, and no message that repeats a value.
import { describe, expect, test } from 'vitest';
import { optionErrors, progressErrors } from './admission.ts';

const SECRET = 'hunter2';
const paths = (job: unknown, base?: string) => optionErrors(job, base).map((error) => error.path);
const whole = {
  type: 'email',
  data: {},
  priority: 'urgent',
  delay: 0,
  maxRetries: 100,
  retryDelay: 86_400_000,
  retryBackoff: 'linear',
  timeout: 1,
  idempotencyKey: 'k'.repeat(190),
};

describe('the options of a job', () => {
  test('are accepted at their limits, and when none is set', () => {
    expect(optionErrors(whole)).toEqual([]);
    expect(optionErrors({ type: 'a' })).toEqual([]);
    expect(
      optionErrors({ type: 'a', data: 1, priority: undefined, delay: undefined, idempotencyKey: undefined }),
    ).toEqual([]);
  });

  test.each([null, undefined, 1, SECRET, true, [], [whole], () => whole, Symbol('x')])('%s is not a job', (job) => {
    expect(paths(job)).toEqual(['job']);
    expect(paths(job, '[3].')).toEqual(['[3]']);
  });

  const words: unknown[] = [
    null,
    1,
    Number.NaN,
    {},
    [],
    true,
    SECRET,
    '',
    'URGENT',
    'constructor',
    ['urgent'],
    10n,
    () => 'high',
    Symbol('x'),
  ];
  const numbers: unknown[] = [
    null,
    -1,
    0.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    1e300,
    '5',
    {},
    [],
    true,
    SECRET,
    10n,
    Symbol('x'),
    { valueOf: () => 5 },
  ];
  test.each([
    [
      'type',
      [
        null,
        undefined,
        1,
        {},
        '',
        ' a',
        '1a',
        'a b',
        'a\n',
        'a/b',
        '../a',
        '__proto__',
        `a${'b'.repeat(100)}`,
        'caf\u00e9',
        ['a'],
        true,
      ],
    ],
    ['priority', words],
    ['retryBackoff', words],
    ['delay', [...numbers, 31_622_400_001]],
    ['maxRetries', [...numbers, 101]],
    ['retryDelay', [...numbers, 86_400_001]],
    ['timeout', [...numbers, 0, 86_400_001]],
    ['idempotencyKey', [null, 1, {}, [], true, '', 'k'.repeat(191), 'a\u0000b', 'a\nb', '\u007f', '\ud800', () => 'k']],
  ])('%s is refused if it is of the wrong type, negative or out of range', (key, values) => {
    for (const value of values) {
      const errors = optionErrors({ ...whole, [key]: value });
      expect(
        errors.map((error) => error.path),
        String(key),
      ).toEqual([key]);
      expect(JSON.stringify(errors)).not.toContain(SECRET);
    }
  });

  test.each(['a', 'email', 'image_process', 'shop.order:paid-1', `a${'b'.repeat(99)}`])(
    '%s is a valid type',
    (type) => {
      expect(optionErrors({ type })).toEqual([]);
    },
  );

  test('all mistakes are listed at once, each with its path', () => {
    const bad = {
      type: 5,
      priority: 'x',
      delay: -1,
      maxRetries: 1.5,
      retryDelay: 'x',
      retryBackoff: 'x',
      timeout: 0,
      idempotencyKey: '',
      [SECRET]: 1,
    };
    expect(paths(bad, '[2].').sort()).toEqual(
      [
        '(key)',
        'delay',
        'idempotencyKey',
        'maxRetries',
        'priority',
        'retryBackoff',
        'retryDelay',
        'timeout',
        'type',
      ].map((path) => `[2].${path}`),
    );
    expect(JSON.stringify(optionErrors(bad))).not.toContain(SECRET);
  });

  test('an unknown option is refused with a list of the known ones', () => {
    for (const key of ['attempts', 'lane', 'constructor']) {
      const [error] = optionErrors({ type: 'a', [key]: 1 });
      expect(error).toMatchObject({
        path: '(key)',
        message: expect.stringContaining('type, data, priority, delay, maxRetries'),
      });
    }
    expect(optionErrors({ type: 'a', Type: 1, retries: 1 })).toEqual([
      { path: 'Type', message: 'is not a known option: did you mean type?' },
      { path: 'retries', message: 'is not a known option: did you mean maxRetries?' },
    ]);
  });
});

describe('a progress report', () => {
  test.each([
    { percentage: 0 },
    { percentage: 100, processed: 0, total: 0, message: '' },
    { percentage: 33.3, processed: 1, total: 3, message: 'x'.repeat(500) },
  ])('is accepted', (progress) => {
    expect(progressErrors(progress)).toEqual([]);
  });

  test.each<[string, unknown]>([
    ['progress', null],
    ['progress', 50],
    ['progress', [50]],
    ['percentage', {}],
    ['percentage', { percentage: '50' }],
    ['percentage', { percentage: -0.1 }],
    ['percentage', { percentage: 100.1 }],
    ['percentage', { percentage: Number.NaN }],
    ['percentage', { percentage: 50n }],
    ['processed', { percentage: 1, processed: -1 }],
    ['processed', { percentage: 1, processed: Number.POSITIVE_INFINITY }],
    ['total', { percentage: 1, total: '3' }],
    ['message', { percentage: 1, message: 5 }],
    ['message', { percentage: 1, message: 'x'.repeat(501) }],
  ])('is refused with the path %s', (path, progress) => {
    expect(progressErrors(progress).map((error) => error.path)).toEqual([path]);
  });
});
