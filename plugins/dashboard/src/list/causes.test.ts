import { expect, test } from 'vitest';
import { searchOf } from './causes.tsx';

test.each([
  ['Mailbox # is full', 'error:"Mailbox # is full"'],
  ['the server said "# busy" at #', 'error:"the server said" error:"# busy" error:"at #"'],
  ['', undefined],
])('jobs that failed for "%s" are found by %s', (cause, search) => {
  expect(searchOf(cause)).toBe(search);
});

test.each(['a very long cause '.repeat(50), 'many "words" '.repeat(50)])('the search fits into its box', (cause) => {
  expect(searchOf(cause)?.length).toBeLessThanOrEqual(190);
});
