// Names of archives, and names in archives.
import { sep } from 'node:path';
import { expect, test } from 'vitest';
import { archiveName, entryProblem, isBackupId, readArchiveName } from './names.ts';

test('the name of an archive contains its date and id, and can be parsed', () => {
  const name = archiveName('0123456789', '2026-11-25T01:00:00.123Z', true);
  expect(name).toBe('backup-20261125T010000Z-0123456789.tar.gz.age');
  expect(readArchiveName(name)).toEqual({ id: '0123456789', encrypted: true });
  expect(readArchiveName(archiveName('0123456789', '2026-11-25T01:00:00.123Z', false))?.encrypted).toBe(false);
});

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

test('an id is ten hex digits', () => {
  expect(isBackupId('0123456789')).toBe(true);
  for (const text of ['', '012345678', '0123456789a', '012345678G', "0123456789'; --"])
    expect(isBackupId(text)).toBe(false);
});
