// Restores into other databases and folders: what is restored, and what is refused before anything is written.
import { copyFile, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { site, type TestSite, temporaryFolder } from '../test/kit.ts';
import { running, toolsOf } from '../test/tools.ts';
import { type MayReplace, never } from './place-files.ts';
import { restoreBackup } from './restore.ts';
import { checkBackup } from './stored-backup.ts';

/** A site with a second database. */
async function withShop(): Promise<{ here: TestSite; shop: string; base: string }> {
  const base = await temporaryFolder();
  const shop = join(base, 'shop.db');
  const db = new Database(shop);
  db.pragma('journal_mode = WAL');
  db.exec(
    "create table goods (id integer primary key, name text, data blob, price real); insert into goods values (1, 'it''s', x'00ff', 0.1), (9007199254740993, null, null, -0.0)",
  );
  db.exec('create table twice (x) strict'.replace(' strict', ''));
  db.exec('insert into twice values (1), (1)');
  db.close();
  return { here: await site({ databases: { shop: `sqlite:${shop}` } }), shop, base };
}

const to = (here: TestSite, id: string, target: string, more: object = {}) =>
  restoreBackup(id, { to: target, mayReplace: async () => false, ...more }, toolsOf(here), running());

test('a database is restored with every row into a new file', async () => {
  const { here, base } = await withShop();
  await using _ = here;
  const { id } = await here.backup();
  const target = join(base, 'new', 'shop.db');
  expect(await to(here, id, `sqlite:${target}`, { part: 'shop' })).toMatchObject({
    restored: [{ part: 'shop', rows: 4 }],
  });
  const db = new Database(target, { readonly: true });
  expect(db.prepare('select name from goods order by id').pluck().all()).toEqual(["it's", null]);
  db.close();
  expect((await stat(target)).mode & 0o777).toBe(0o600);
});

test('the database must be named if there are several', async () => {
  const { here, base } = await withShop();
  await using _ = here;
  const { id } = await here.backup();
  await expect(to(here, id, `sqlite:${join(base, 'x.db')}`)).rejects.toMatchObject({
    code: 'WRONG_TARGET',
    message: 'name one of its databases with --part: jobs, shop',
  });
  await expect(to(here, id, 'mysql://root@127.0.0.1:1/x')).rejects.toMatchObject({ code: 'WRONG_TARGET' });
  await expect(to(here, id, join(base, 'folder'))).rejects.toMatchObject({ code: 'WRONG_TARGET' });
  await expect(to(here, id, 'postgres://x/y', { part: 'shop' })).rejects.toMatchObject({ code: 'WRONG_TARGET' });
});

test("the jobs' own database is never overwritten, whatever name it goes by", async () => {
  const { here, base } = await withShop();
  await using _ = here;
  const { id } = await here.backup();
  const live = toolsOf(here).place as { file: string };
  await symlink(live.file, join(base, 'alias.db'));
  for (const path of [live.file, join(base, 'alias.db')]) {
    await expect(to(here, id, `sqlite:${path}`, { part: 'shop', mayReplace: async () => true })).rejects.toMatchObject({
      code: 'LIVE_DATABASE',
      message: expect.stringContaining('stop the site'),
    });
  }
});

/** Answers yes, and records the questions. */
function yes(): { asked: string[]; mayReplace: MayReplace } {
  const asked: string[] = [];
  return { asked, mayReplace: async (what = '') => asked.push(what) > 0 };
}

const KEPT = 'before-restore-20260101T000000Z';

test('an existing file is reported, replaced only on request, and kept as a copy; never while its log exists', async () => {
  const { here, shop, base } = await withShop();
  await using _ = here;
  const { id } = await here.backup();
  const target = join(base, 'old.db');
  await copyFile(shop, target);
  const before = await readFile(target);
  await expect(to(here, id, `sqlite:${target}`, { part: 'shop' })).rejects.toMatchObject({
    code: 'TARGET_NOT_EMPTY',
    message: expect.stringContaining(
      `--yes, ${target} (2 tables, 4 rows, 12 kB) is replaced, and kept as ${target}.${KEPT}`,
    ),
  });
  expect((await readFile(target)).equals(before)).toBe(true);
  await writeFile(`${target}-wal`, 'log');
  await expect(to(here, id, `sqlite:${target}`, { part: 'shop', ...yes() })).rejects.toMatchObject({
    code: 'LIVE_DATABASE',
  });
  await writeFile(`${target}-wal`, '');
  const { asked, mayReplace } = yes();
  expect(await to(here, id, `sqlite:${target}`, { part: 'shop', mayReplace })).toMatchObject({
    restored: [{ part: 'shop', kept: [`${target}.${KEPT}`] }],
  });
  expect(asked).toEqual([`${target} (2 tables, 4 rows, 12 kB) is replaced, and kept as ${target}.${KEPT}`]);
  expect((await readFile(`${target}.${KEPT}`)).equals(before)).toBe(true);
  // A second one in the same second takes nothing away from the first.
  await writeFile(target, 'something else');
  expect(await to(here, id, `sqlite:${target}`, { part: 'shop', ...yes() })).toMatchObject({
    restored: [{ kept: [`${target}.${KEPT}-2`] }],
  });
  expect(await readFile(`${target}.${KEPT}-2`, 'utf8')).toBe('something else');
  expect(await readFile(target, 'latin1')).toMatch(/^SQLite format 3/);
});

test('an existing folder is reported, replaced as a whole, and kept as a copy; other files at the target stay', async () => {
  const base = await temporaryFolder();
  const uploads = join(base, 'uploads');
  await mkdir(join(uploads, 'sub'), { recursive: true });
  await writeFile(join(uploads, 'sub', 'a.txt'), 'alpha');
  await using here = await site({ files: { uploads } });
  const { id } = await here.backup({ type: 'files' });
  await writeFile(join(uploads, 'sub', 'a.txt'), 'changed');
  await writeFile(join(uploads, 'later.txt'), 'later');
  await expect(to(here, id, base)).rejects.toMatchObject({ code: 'TARGET_NOT_EMPTY' });
  expect(await readFile(join(uploads, 'sub', 'a.txt'), 'utf8')).toBe('changed');
  const { asked, mayReplace } = yes();
  const kept = `${uploads}.${KEPT}`;
  expect(await to(here, id, base, { mayReplace })).toMatchObject({ restored: [{ files: 1, kept: [kept] }] });
  expect(asked).toEqual([`${uploads} (2 files, 12 B) is replaced, and kept as ${kept}`]);
  expect(await readFile(join(uploads, 'sub', 'a.txt'), 'utf8')).toBe('alpha');
  expect(await readdir(uploads)).toEqual(['sub']);
  expect((await readdir(kept)).sort()).toEqual(['later.txt', 'sub']);
  expect((await readdir(base)).sort()).toEqual(['uploads', `uploads.${KEPT}`]);
});

test('a link where a folder of the backup belongs is refused, and nothing is written', async () => {
  const base = await temporaryFolder();
  await mkdir(join(base, 'uploads'));
  await writeFile(join(base, 'uploads', 'a.txt'), 'alpha');
  await using here = await site({ files: { uploads: join(base, 'uploads') } });
  const { id } = await here.backup({ type: 'files' });
  const target = join(base, 'target');
  await mkdir(target);
  await symlink('/etc', join(target, 'uploads'));
  await expect(to(here, id, target, yes())).rejects.toMatchObject({ code: 'WRONG_TARGET' });
  expect(await readdir(target)).toEqual(['uploads']);
});

test('a changed archive is refused, marked, and never restored', async () => {
  const { here, base } = await withShop();
  await using _ = here;
  const { id, file } = await here.backup();
  const path = join(here.folder, file);
  const bytes = await readFile(path);
  const middle = Math.floor(bytes.length / 2);
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  await writeFile(path, bytes);
  await expect(to(here, id, `sqlite:${join(base, 'x.db')}`, { part: 'shop' })).rejects.toMatchObject({
    code: 'ARCHIVE_DAMAGED',
  });
  expect(await stat(join(base, 'x.db')).catch(() => null)).toBeNull();
  expect(await here.run('backup_verify', { id })).toMatchObject({
    status: 'failed',
    error: expect.stringContaining('ARCHIVE_DAMAGED'),
  });
  expect(await here.list()).toMatchObject([
    { id, state: 'failed', reason: expect.stringContaining('ARCHIVE_DAMAGED') },
  ]);
});

test('a replaced archive is detected by its checksum before anything in it is read', async () => {
  const { here, base } = await withShop();
  await using _ = here;
  const { id, file } = await here.backup();
  const other = await here.backup();
  await copyFile(join(here.folder, other.file), join(here.folder, file));
  const replaced = { code: 'ARCHIVE_DAMAGED', message: expect.stringContaining('SHA-256 differs') };
  await expect(to(here, id, `sqlite:${join(base, 'x.db')}`, { part: 'shop' })).rejects.toMatchObject(replaced);
  // Read as an archive, it would be damaged in another way.
  await writeFile(join(here.folder, file), 'no archive at all');
  await expect(checkBackup(id, toolsOf(here), running())).rejects.toMatchObject(replaced);
});

test('a restore says whether the table knew the archive or only its own manifest vouches for it', async () => {
  const { here, base } = await withShop();
  await using _ = here;
  const { id } = await here.backup();
  const shop = (n: number) => to(here, id, `sqlite:${join(base, `${n}.db`)}`, { part: 'shop' });
  expect(await shop(1)).toMatchObject({ recorded: true });
  await toolsOf(here).runs.remove(id);
  expect(await shop(2)).toMatchObject({ recorded: false });
  expect((await here.run('backup_verify', { id }))?.result).toMatchObject({ recorded: false, state: 'verified' });
  // A check does not make it this site's own.
  expect((await here.run('backup_verify', { id }))?.result).toMatchObject({ recorded: false });
  expect(await shop(3)).toMatchObject({ recorded: false });
});

test('if a passphrase is set, a plain archive is used only if this site made it', async () => {
  const { here, base } = await withShop();
  const { id } = await here.backup();
  const sealed = toolsOf({ ...here, config: { ...here.config, passphrase: 'correct horse battery' } });
  const shop = (n: number) =>
    restoreBackup(id, { to: `sqlite:${join(base, `${n}.db`)}`, part: 'shop', mayReplace: never }, sealed, running());
  await using _ = here;
  expect(await shop(1)).toMatchObject({ recorded: true });
  await sealed.runs.remove(id);
  await expect(shop(2)).rejects.toMatchObject({ code: 'NOT_ENCRYPTED' });
  await expect(checkBackup(id, sealed, running())).rejects.toMatchObject({ code: 'NOT_ENCRYPTED' });
});

test('if the table is lost, the archives are listed, and a check verifies them again', async () => {
  const { here } = await withShop();
  await using _ = here;
  const { id, file, sha256 } = await here.backup();
  await toolsOf(here).runs.remove(id);
  expect(await here.list()).toMatchObject([
    { id, file, state: 'unverified', type: 'database', madeAt: '2026-01-01T00:00:00.000Z' },
  ]);
  await here.run('backup_verify', { id });
  expect(await here.list()).toMatchObject([{ id, state: 'verified', sha256 }]);
});

test('an archive whose run has ended is listed, although the table says that it is being written', async () => {
  const { here } = await withShop();
  await using _ = here;
  const { id } = await here.backup();
  await toolsOf(here).runs.update(id, { state: 'writing', sha256: '' });
  expect(await here.list()).toMatchObject([{ id, state: 'unverified' }]);
});
