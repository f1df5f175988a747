// Puts a restored SQLite file where it is wanted: whole, by one rename, and never over a database that is in use.
import { copyFile, lstat, mkdir, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { DatabasePlace } from '@phraseworks/sdk';
import { BackupFailure, writeFailure } from './failure.ts';
import { syncFolder } from './folder-target.ts';
import type { MayReplace } from './place-files.ts';

const LIVE =
  "this is the jobs' own database, which is in use: restore into another file, stop the site, set the configuration's database to that file, and start again";

async function isSameFile(a: string, b: string): Promise<boolean> {
  if (resolve(a) === resolve(b)) return true;
  const [one, other] = await Promise.all([a, b].map((path) => stat(path).catch(() => null)));
  return one !== null && other !== null && one?.dev === other?.dev && one?.ino === other?.ino;
}

/** Throws `LIVE_DATABASE`, `TARGET_NOT_EMPTY` or `WRONG_TARGET`. */
export async function checkSqliteTarget(
  path: string,
  place: DatabasePlace | null,
  mayReplace: MayReplace,
): Promise<void> {
  if (place?.engine === 'sqlite' && (await isSameFile(path, place.file)))
    throw new BackupFailure('LIVE_DATABASE', LIVE);
  const there = await lstat(path).catch(() => null);
  for (const end of ['-wal', '-journal']) {
    const beside = await stat(`${path}${end}`).catch(() => null);
    if (!beside || beside.size === 0) continue;
    throw new BackupFailure(
      'LIVE_DATABASE',
      `a file ${end} lies beside the target: a database there is in use, or was not closed. Name another file`,
    );
  }
  if (!there) return;
  if (!there.isFile()) throw new BackupFailure('WRONG_TARGET', 'the target is no file');
  if (there.size > 0 && !(await mayReplace()))
    throw new BackupFailure(
      'TARGET_NOT_EMPTY',
      'the file is there already: name another one, or say --yes to replace it',
    );
}

export async function placeSqlite(file: string, path: string, id: string): Promise<void> {
  const target = resolve(path);
  const folder = dirname(target);
  const partial = join(folder, `.restore-${id}.partial`);
  try {
    await mkdir(folder, { recursive: true });
    await rm(partial, { force: true });
    await copyFile(file, partial);
    const handle = await open(partial, 'r+');
    try {
      await handle.chmod(0o600);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(partial, target);
    for (const end of ['-wal', '-shm', '-journal']) await rm(`${target}${end}`, { force: true });
    await syncFolder(await realpath(folder));
  } catch (error) {
    await rm(partial, { force: true }).catch(() => {});
    throw writeFailure(error);
  }
}
