// Validating a new job: each option with invalid values, and no message that repeats a value.
import { describe, expect, test } from 'vitest';
import { optionErrors, progressErrors } from './admission.ts';

const SECRET = 'hunter2';
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
  const words: unknown[] = [null, 1, {}, SECRET, 'URGENT', 'constructor', ['urgent'], 10n, Symbol('x')];
  const numbers: unknown[] = [null, -1, 0.5, Number.NaN, 1e300, '5', [], SECRET, 10n, { valueOf: () => 5 }];
  test.each([
    ['type', [null, 1, '', ' a', '1a', 'a\n', 'a/b', '../a', '__proto__', `a${'b'.repeat(100)}`, 'caf\u00e9', ['a']]],
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
});

describe('a progress report', () => {
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
