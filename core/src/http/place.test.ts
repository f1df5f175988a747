// A file stands exactly where its part says, or nowhere.
import { expect, test } from 'vitest';
import { parsePlace, putAt } from './place.ts';

test.each<[string, (string | number)[] | null]>([
  ['data.file', ['file']],
  ['data.files[0]', ['files', 0]],
  ['data.a.b[12].c-d', ['a', 'b', 12, 'c-d']],
  ['data[0]', [0]],
  ['data', null],
  ['file', null],
  ['data.', null],
  ['data..a', null],
  ['data.a[100]', null],
  ['data.a[-1]', null],
  ['data.a[x]', null],
  ['data.1a', null],
  ['data.__proto__.x', null],
  ['data.constructor', null],
  ['data.a.a.a.a.a.a.a.a.a', null],
  [`data.${'a'.repeat(65)}`, null],
])('%s leads to %j', (text, steps) => {
  expect(parsePlace(text)).toEqual(steps);
});

test.each<[object, string, object | null]>([
  [{}, 'data.file', { file: 'F' }],
  [{ file: null }, 'data.file', { file: 'F' }],
  [{ file: {} }, 'data.file', { file: 'F' }],
  [{}, 'data.files[0]', { files: ['F'] }],
  [{ files: ['a'] }, 'data.files[1]', { files: ['a', 'F'] }],
  [{ files: ['a', null] }, 'data.files[1]', { files: ['a', 'F'] }],
  [{ a: [{}] }, 'data.a[0].b', { a: [{ b: 'F' }] }],
  [{ file: 'text' }, 'data.file', null],
  [{ file: { a: 1 } }, 'data.file', null],
  [{ files: [] }, 'data.files', null],
  [{ files: [] }, 'data.files[1]', null],
  [{ files: [] }, 'data.files.length', null],
  [{ file: 'text' }, 'data.file.name', null],
  [{ a: {} }, 'data.a[0]', null],
  [{}, 'data.toString.x', { toString: { x: 'F' } }],
])('into %j at %s gives %j', (data, place, expected) => {
  const put = putAt(data, parsePlace(place) ?? [], 'F');
  expect(put ? data : null).toEqual(expected);
});
