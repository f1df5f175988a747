import { expect, test } from 'vitest';
import { OWN_COMMANDS, OWN_OPTIONS } from '../../core/src/plugins/commands.ts';
import { GLOBAL } from './arguments.ts';
import { COMMANDS } from './commands/index.ts';
import { usageOf } from './help.ts';

test('the core refuses plugins every name of a command and an option that the command line has itself', () => {
  expect([...OWN_COMMANDS].sort()).toEqual([...COMMANDS.map(({ name }) => name), 'help'].sort());
  expect([...OWN_OPTIONS].sort()).toEqual(Object.keys(GLOBAL).sort());
});

test('a usage line may begin with the name of the command or without it', () => {
  const lines = (usage: string) => usageOf({ name: 'read', summary: 'read a book', usage, run: () => {} });
  expect(lines('BOOK [--fast]')).toEqual(['BOOK [--fast]']);
  expect(lines('read BOOK\nphraseworks-jobs read --all\nreader')).toEqual(['BOOK', '--all', 'reader']);
  expect(lines('read')).toEqual(['']);
});
