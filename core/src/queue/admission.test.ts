// Validating a new job: each option with invalid values, and no message that repeats a value.
import { describe, expect, test } from 'vitest';
import { readProgress } from './admission.ts';

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
    const refused = expect.objectContaining({ errors: [{ path, message: expect.any(String) }] });
    expect(() => readProgress(progress as never)).toThrow(refused);
  });
});
