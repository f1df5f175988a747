// The working folder of one run, below the folder of the archives. The next run removes what a killed one left behind.
import { lstat, mkdir, readdir, rm, statfs } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { readableBytes } from '@phraseworks/sdk';
import { BackupFailure, codeOf, writeFailure } from './failure.ts';
import type { Running, Tools } from './tools.ts';

/** At its peak a backup needs room for the copied databases and the archive, or for the archive and its restored copy. */
export const neededBytes = (databases: number, files: number): number => 2 * databases + files;

/** Bytes that may be written at `folder`. */
export async function roomAt(folder: string, minFree: number): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return Math.max(0, bavail * bsize - minFree);
}

/** Throws `NO_SPACE` with both figures when less than `needed + minFree` bytes are free at `folder`. */
export async function checkSpace(folder: string, needed: number, minFree: number): Promise<void> {
  const free = await roomAt(folder, 0);
  if (free >= needed + minFree) return;
  const message = `the backup may need ${readableBytes(needed)}, and ${readableBytes(minFree)} must stay free, but the disk of the configured folder has only ${readableBytes(free)} free`;
  throw new BackupFailure('NO_SPACE', message);
}

const WORK = '.work';
/** Milliseconds after which what is not named after a run is removed. */
const FORGOTTEN = 86_400_000;

/** The owner is part of the name: a kill can leave a folder without its files, but not without its name. */
const workName = (id: string, owner: string): string => `${id}@${encodeURIComponent(owner)}`;
function ownerOf(name: string): string | null {
  const [, owner] = /^\w+@((?:job|hand)%2F[\w.%-]+)$/.exec(name) ?? [];
  try {
    return owner === undefined ? null : decodeURIComponent(owner);
  } catch {
    return null;
  }
}

/** Creates a folder that only this user can read. Throws `TARGET_NOT_WRITABLE` or `NO_SPACE`. */
export async function makeWork(folder: string, id: string, owner: string): Promise<string> {
  const work = join(resolve(folder), WORK, workName(id, owner));
  try {
    await mkdir(resolve(folder), { recursive: true, mode: 0o700 });
    await mkdir(work, { recursive: true, mode: 0o700 });
  } catch (error) {
    if (codeOf(error) === 'EEXIST' || codeOf(error) === 'ENOTDIR')
      throw new BackupFailure('TARGET_NOT_WRITABLE', 'the folder of the storage target backups is not a folder', error);
    throw writeFailure(error);
  }
  return work;
}

export const removeWork = (work: string): Promise<void> => rm(work, { recursive: true, force: true });

/** The owner of a run from the command line, which has no job. */
export const handOwner = (): string => `hand/${hostname().replace(/[^\w.-]/g, '_')}/${process.pid}`;
export const jobOwner = (jobId: string, attempt: number): string => `job/${jobId}/${attempt}`;

/** Whether the process of a command-line run still runs. Assumed for processes on other machines. */
export function handIsAlive(owner: string): boolean {
  const [, host, pid] = owner.split('/');
  if (host !== handOwner().split('/')[1]) return true;
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** An earlier attempt of the same job, which must have died. */
const isMyEarlier = (owner: string, running: Running): boolean => {
  const [kind, job] = running.owner.split('/');
  return kind === 'job' && owner.startsWith(`job/${job}/`);
};

/** Marks the runs of dead processes as failed, aborts their uploads, and removes their folders. */
export async function sweep(tools: Tools, running: Running): Promise<void> {
  const { runs, target, log } = tools;
  for (const row of await runs.list(['writing'])) {
    if (await isLive(row.owner, tools, running)) continue;
    const give = row.upload === '' ? undefined : target.giveUp(row.file, row.upload, running.signal);
    await give?.catch((error: unknown) => log.warn('an unfinished upload could not be removed', error));
    await runs.update(row.id, { state: 'failed', error: 'the process ended while it was written', upload: '' });
  }
  await removeRemains(tools, running);
}

async function isLive(owner: string, tools: Tools, running: Running): Promise<boolean> {
  return !isMyEarlier(owner, running) && (await tools.isAlive(owner));
}

async function removeRemains(tools: Tools, running: Running): Promise<void> {
  const folder = join(resolve(tools.folder), WORK);
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name);
    const owner = ownerOf(name);
    const age = tools.clock.now() - ((await lstat(path).catch(() => null))?.mtimeMs ?? 0);
    const left = owner === null ? age > FORGOTTEN : !(await isLive(owner, tools, running));
    if (left) await rm(path, { recursive: true, force: true });
  }
}
