// Validating a new job: each option with invalid values, and no message that repeats a value.
import { describe, expect, test } from 'vitest';
import { readProgress } from './admission.ts';

describe('a progress report', () => {
  test.each<[string, unknown]>([
    ['progress', null],
    ['progress', [50]],
    ['progress.percentage', {}],
    ['progress.percentage', { percentage: Number.NaN }],
    ['progress.processed', { percentage: 1, processed: -1 }],
    ['progress.message', { percentage: 1, message: 'x'.repeat(501) }],
  ])('is refused with the path %s', (path, progress) => {
    const refused = expect.objectContaining({ errors: [{ path, message: expect.any(String) }] });
    expect(() => readProgress(progress as never)).toThrow(refused);
  });
});
