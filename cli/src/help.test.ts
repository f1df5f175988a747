import { expect, test } from 'vitest';
import { usageOf } from './help.ts';

test('a usage line may begin with the name of the command or without it', () => {
  const lines = (usage: string) => usageOf({ name: 'read', summary: 'read a book', usage, run: () => {} });
  expect(lines('BOOK [--fast]')).toEqual(['BOOK [--fast]']);
  expect(lines('read BOOK\nphraseworks-jobs read --all\nreader')).toEqual(['BOOK', '--all', 'reader']);
  expect(lines('read')).toEqual(['']);
});
