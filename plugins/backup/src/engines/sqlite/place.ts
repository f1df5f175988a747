// Moves a restored SQLite file to its target: by one rename, and never over a database that is in use.
import { constants, copyFile, link, lstat, mkdir, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type DatabasePlace, readableBytes } from '@phraseworks/sdk';
import { BackupFailure, writeFailure } from '../../failure.ts';
import { rowsIn } from '../../manifest.ts';
import { keptPath, type MayReplace, mayReplaceOr, replaced, syncFolder } from '../../place-files.ts';
import { inspectSqlite } from './file.ts';

const LIVE =
  "this is the jobs' own database, which is in use: restore into another file, stop the site, set the configuration's database to that file, and start again";

async function isSameFile(a: string, b: string): Promise<boolean> {
  if (resolve(a) === resolve(b)) return true;
  const [one, other] = await Promise.all([a, b].map((path) => stat(path).catch(() => null)));
  return one !== null && other !== null && one?.dev === other?.dev && one?.ino === other?.ino;
}

/** Where the current file at `path` will be kept; null without one. Throws `LIVE_DATABASE`, `TARGET_NOT_EMPTY` or `WRONG_TARGET`. */
export async function checkSqliteTarget(
  path: string,
  place: DatabasePlace | null,
  iso: string,
  { mayReplace, signal }: { mayReplace: MayReplace; signal: AbortSignal },
): Promise<string | null> {
  if (place?.engine === 'sqlite' && (await isSameFile(path, place.file)))
    throw new BackupFailure('LIVE_DATABASE', LIVE);
  const there = await lstat(path).catch(() => null);
  for (const end of ['-wal', '-journal']) {
    const beside = await stat(`${path}${end}`).catch(() => null);
    if (!beside || beside.size === 0) continue;
    throw new BackupFailure(
      'LIVE_DATABASE',
      `a file ${end} is beside the target: the database there is in use or was not closed. Choose a different file`,
    );
  }
  if (!there) return null;
  if (!there.isFile()) throw new BackupFailure('WRONG_TARGET', 'the target is not a file');
  if (there.size === 0) return null;
  const kept = await keptPath(resolve(path), iso);
  const holds = `${await contentsOf(path, signal)}, ${readableBytes(there.size)}`;
  await mayReplaceOr(replaced(`${resolve(path)} (${holds})`, kept), mayReplace);
  return kept;
}

async function contentsOf(path: string, signal: AbortSignal): Promise<string> {
  const found = await inspectSqlite(path, { signal }).catch((error: unknown) => {
    if (error instanceof BackupFailure) return null;
    throw error;
  });
  if (!found || found.problems.length > 0) return 'not a whole SQLite database';
  return `${found.tables.length} tables, ${rowsIn(found.tables)} rows`;
}

/** `kept`: the new name of the file that is there now. At every moment a complete file is at `path`. */
export async function placeSqlite(file: string, path: string, id: string, kept: string | null): Promise<void> {
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
    // Not every file system has links.
    if (kept !== null) await link(target, kept).catch(() => copyFile(target, kept, constants.COPYFILE_EXCL));
    await rename(partial, target);
    for (const end of ['-wal', '-shm', '-journal']) await rm(`${target}${end}`, { force: true });
    await syncFolder(await realpath(folder));
  } catch (error) {
    await rm(partial, { force: true }).catch(() => {});
    throw writeFailure(error);
  }
}
