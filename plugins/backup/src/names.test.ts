// Names of archives, and names in archives.
import { sep } from 'node:path';
import { expect, test } from 'vitest';
import { entryProblem, readArchiveName } from './names.ts';

test.each([
  'backup-20261125T010000Z-0123456789.tar.gz.partial',
  'backup-20261125T010000Z-012345678.tar.gz',
  '../backup-20261125T010000Z-0123456789.tar.gz',
  'backup.tar.gz',
  '',
])('%j is not an archive', (name) => {
  expect(readArchiveName(name)).toBeNull();
});

/** Names like any other where folders are parted by a slash alone. */
const ONLY_HERE = ['a\nb', 'a\u001b', 'a\\..\\b', 'C:\\x', 'c:/x'];
const isHere = sep === '/';

test.each(['a', 'uploads/a b/ü.jpg', '.htaccess', 'a..b', '...', 'a'.repeat(300), ...(isHere ? ONLY_HERE : [])])(
  '%j is a safe entry name',
  (name) => {
    expect(entryProblem(name)).toBeNull();
  },
);

test.each([
  '',
  '/etc/passwd',
  '..',
  '../x',
  'a/../../x',
  'a/..',
  './x',
  'a/./b',
  'a\0b',
  'x'.repeat(5_000),
  ...(isHere ? [] : ONLY_HERE),
])('%j is not a safe entry name', (name) => {
  expect(entryProblem(name)).not.toBeNull();
});
