// Archives of version 0.1, from before the age format: listed, verified and restored.
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { site, temporaryFolder } from '../test/kit.ts';

const BEFORE = fileURLToPath(new URL('../test/before-age', import.meta.url));
const PASSPHRASE = 'correct horse battery';

/** A site that finds the archive of this ending in its folder. */
async function foundBy(end: string, passphrase: string | undefined) {
  const folder = join(await temporaryFolder(), 'backups');
  await mkdir(folder);
  const file = (await readdir(BEFORE)).find((name) => name.endsWith(end)) ?? '';
  await copyFile(join(BEFORE, file), join(folder, file));
  return { file, path: join(folder, file), here: await site({ folder, ...(passphrase ? { passphrase } : {}) }) };
}

test.each([
  ['.tar.gz', undefined],
  ['.tar.gz.enc', PASSPHRASE],
])('an archive %s of the previous version is found, verified and restored', async (end, passphrase) => {
  const { file, here } = await foundBy(end, passphrase);
  await using _ = here;
  const [{ id = '' } = {}] = await here.list();
  expect(await here.list()).toMatchObject([{ file, type: 'full', encrypted: passphrase !== undefined }]);
  expect((await here.run('backup_verify', { id }))?.result).toMatchObject({ state: 'verified', rows: 2, files: 1 });
  await here.run('backup_restore', { id });
  const restored = join(here.folder, 'restored', id);
  expect(await readFile(join(restored, 'uploads/a.txt'), 'utf8')).toBe('alpha');
  const db = new Database(join(restored, 'shop.sqlite'), { readonly: true });
  expect(db.prepare('select name from goods order by id').pluck().all()).toEqual(["it's", 'ü 🎉']);
  db.close();
});

test('a changed, truncated or extended archive is damaged, and a wrong passphrase is reported', async () => {
  const { path, here } = await foundBy('.enc', PASSPHRASE);
  await using _ = here;
  const [{ id = '' } = {}] = await here.list();
  const whole = await readFile(path);
  const flipped = Buffer.from(whole);
  flipped[500] = (flipped[500] ?? 0) ^ 1;
  for (const bytes of [flipped, whole.subarray(0, -1), whole.subarray(0, 200), Buffer.concat([whole, whole])]) {
    await writeFile(path, bytes);
    expect((await here.run('backup_verify', { id }))?.error).toMatch(/^ARCHIVE_DAMAGED/);
  }
  const other = await foundBy('.enc', 'another horse battery');
  await using __ = other.here;
  expect((await other.here.run('backup_verify', { id }))?.error).toMatch(/^WRONG_PASSPHRASE/);
});
