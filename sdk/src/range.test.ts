// Ranges of versions that a plugin may ask for.
import { expect, test } from 'vitest';
import { fits } from './range.ts';

test.each([
  ['1.4.2', '^1.5.0', false],
  ['2.0.0', '^1.0.0', false],
  ['1.9.0', '1', true],
  ['1.4.2', '~1.4.0', true],
  ['1.5.0', '~1.4.0', false],
  ['1.5.0', '1.4', false],
  ['3.0.0', '>=1.2.0', true],
  ['1.1.9', '>=1.2.0', false],
  ['1.4.3', '1.4.2', false],
  ['0.2.5', '^0.2.3', true],
  ['0.3.0', '^0.2.3', false],
  ['0.0.4', '^0.0.3', false],
  ['1.0.0', '1.x || 2.x', null],
])('%s for %s: %s', (version, range, answer) => {
  expect(fits(version, range)).toBe(answer);
});
