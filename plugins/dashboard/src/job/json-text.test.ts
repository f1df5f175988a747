import { expect, test } from 'vitest';
import { readJson } from './json-text.ts';

test.each([
  ['{\n  "a": 1\n  "b": 2\n}', 'Invalid JSON at line 3, column 3.'],
  ['[1, 2', 'JSON is incomplete.'],
  ['', 'JSON is incomplete.'],
  ['secret', 'Invalid JSON at line 1, column 1.'],
])('%j is refused with its place, and not repeated', (text, problem) => {
  expect(readJson(text)).toEqual({ problem });
});
