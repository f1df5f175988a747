// Places in a form after its rows have moved, and as the parts of a submission.
import { expect, test } from 'vitest';
import { movedPlace } from '../src/form/moved.ts';
import { putFile } from './form.ts';

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

test('files go to their places in the job, and in a list to its end, without the rows that have none', () => {
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => new File([name], name)) as [File, File, File, File];
  const job = { type: 'mail', data: { to: 'ada', a: [{ name: 'x' }] } };
  putFile(job, 'data/file', a);
  putFile(job, 'data/files/1', b);
  putFile(job, 'data/files/4', c);
  putFile(job, 'data/a/0/b~1c', d);
  expect(job).toEqual({ type: 'mail', data: { to: 'ada', file: a, files: [b, c], a: [{ name: 'x', 'b/c': d }] } });
});
