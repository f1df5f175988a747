// Places in a form after its rows have moved, and as the parts of a submission.
import { expect, test } from 'vitest';
import { movedPlace } from '../src/form/moved.ts';
import { partName, reshapes } from './form.ts';

test.each([
  ['data/files/0', 'remove data/files/1', 'data/files/0'],
  ['data/files/1', 'remove data/files/1', undefined],
  ['data/files/2', 'remove data/files/1', 'data/files/1'],
  ['data/files/2/at', 'raise data/files/2', 'data/files/1/at'],
  ['data/files/1', 'raise data/files/2', 'data/files/2'],
  ['data/other/1', 'remove data/files/1', 'data/other/1'],
  ['data/files/1', 'add data/files', 'data/files/1'],
])('%s after %s is %s', (place, step, moved) => {
  expect(movedPlace(place, step)).toBe(moved);
});

test('files of a list are numbered without the rows that have none', () => {
  const counted = new Map<string, number>();
  expect(
    ['data/file', 'data/files/1', 'data/files/4', 'data/a/0/b~1c'].map((place) => partName(place, counted)),
  ).toEqual(['data.file', 'data.files[0]', 'data.files[1]', 'data.a[0].b/c']);
});

test('only buttons of rows and shapes stay on the page', () => {
  expect(['add data/to', 'remove data/to/0', 'show', 'add', 'json', 'preview'].map(reshapes)).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
});
