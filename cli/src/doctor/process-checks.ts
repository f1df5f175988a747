// Checks of this machine: Node.js, the database driver, disk space.
import { existsSync, readFileSync } from 'node:fs';
import { stat, statfs } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fits } from '@phraseworks/jobs/internals/core';
import { type Check, fail, ok, warn } from './diagnosis.ts';

/** `engines`: the range from our package.json. */
export function nodeCheck(version: string, engines: string): Check {
  const found = `Node.js ${version}`;
  if (engines.split('||').some((range) => fits(version, range.trim()))) return ok('Node.js', found);
  return fail('Node.js', `${found} is not a supported version`, `Install Node.js ${engines}.`);
}

/** The core loads the driver, so look for it from there. */
const CORE = createRequire(import.meta.url).resolve('@phraseworks/jobs/package.json');

export function enginesOf(): string {
  return (JSON.parse(readFileSync(CORE, 'utf8')) as { engines: { node: string } }).engines.node;
}

export function driverCheck(name: string): Check {
  try {
    // Not every package exports its package.json.
    const entry = createRequire(CORE).resolve(name);
    return ok('driver', `${name} ${versionAbove(entry, name)}`);
  } catch {
    return fail('driver', `${name} is not installed`, `npm install ${name}`);
  }
}

function versionAbove(entry: string, name: string): string {
  for (let folder = dirname(entry); folder !== dirname(folder); folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (!existsSync(file)) continue;
    const found = JSON.parse(readFileSync(file, 'utf8')) as { name?: string; version?: string };
    if (found.name === name) return found.version ?? '';
  }
  return '';
}

const LEAST_SHARE = 0.1;
const LEAST_BYTES = 1_000_000_000;
const FULL = 10_000_000;

/** Pure. */
export function roomCheck(what: string, free: number, size: number): Check {
  const says = `${gigabytes(free)} of ${gigabytes(size)} free (${Math.round((100 * free) / size)} %)`;
  if (free < FULL) return fail(what, says, 'It is full: nothing can be stored. Make room.');
  if (free >= LEAST_BYTES && free >= size * LEAST_SHARE) return ok(what, says);
  return warn(what, says, 'Make room: nothing can be stored on a full disk.');
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;

/** Checks the disk of a file or folder, which may not exist yet. */
export async function diskCheck(what: string, path: string): Promise<Check> {
  let there = resolve(path);
  while (!existsSync(there)) there = dirname(there);
  const { bavail, blocks, bsize } = await statfs(there);
  return roomCheck(what, bavail * bsize, blocks * bsize);
}

/** Magic numbers of `statfs`: https://man7.org/linux/man-pages/man2/statfs.2.html */
const NETWORK: Readonly<Record<number, string>> = {
  26985: 'NFS',
  20859: 'SMB',
  4283649346: 'CIFS',
  4266872130: 'SMB2',
  16914839: '9p',
  1397113167: 'AFS',
};

/** Checks the file of the database: free space, a local disk, and that other users cannot read it. */
export async function fileChecks(path: string): Promise<Check[]> {
  let there = resolve(path);
  while (!existsSync(there)) there = dirname(there);
  const { type } = await statfs(there);
  const network = NETWORK[type >>> 0];
  const checks = [await diskCheck('disk, database', path)];
  if (network !== undefined)
    checks.push(
      fail(
        'network folder',
        `the file is on ${network}, where its write-ahead log does not work`,
        'Put it on a local disk; for several machines use a database server.',
      ),
    );
  if (existsSync(path) && process.platform !== 'win32') {
    const { mode } = await stat(path);
    if ((mode & 0o077) !== 0)
      checks.push(
        warn(
          'file rights',
          `other users of this machine may read it (${(mode & 0o777).toString(8)}), and with it the key for sign-in links`,
          `chmod 600 ${path}, and the same for its -wal and -shm`,
        ),
      );
  }
  return checks;
}
