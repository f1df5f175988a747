import { expect, test } from 'vitest';
import { readJson } from './json-text.ts';

test.each(['{"a":[1,-2.5e3,"x\\n\\u00e9",true,false,null,{}]}', ' [] ', '"text"', '0'])('%s is parsed', (text) => {
  expect(readJson(text)).toEqual({ value: JSON.parse(text) });
});

test.each([
  ['{"a": 1,}', 1, 9, false],
  ['{\n  "a": 1\n  "b": 2\n}', 3, 3, false],
  ["{ 'a': 1 }", 1, 3, false],
  ['{ "a": undefined }', 1, 8, false],
  ['{ "a": 01 }', 1, 9, false],
  ['[1, 2', 1, 6, true],
  ['{ "a": "unclosed }', 1, 8, false],
  ['', 1, 1, true],
  ['[1] 2', 1, 5, false],
  ['[1}', 1, 3, false],
  ['{"a" 1}', 1, 6, false],
  ['nul', 1, 1, false],
  ['[,]', 1, 2, false],
])('%j is wrong at line %d, column %d', (text, line, column, atEnd) => {
  expect(readJson(text)).toEqual({ line, column, atEnd });
});

test('endless nesting is refused like any error', () => {
  expect(readJson('['.repeat(200_000))).toEqual({ line: 1, column: 200_001, atEnd: true });
});
