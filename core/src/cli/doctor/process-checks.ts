// What this machine brings: Node, the driver of the database, room on its disks.
import { existsSync, readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fits } from '../../plugins/semver.ts';
import { type Check, fail, ok, warn } from './check.ts';

/** From the package's own `engines`. Pure. */
export function nodeCheck(version: string, engines: string): Check {
  const found = `Node.js ${version}`;
  if (engines.split('||').some((range) => fits(version, range.trim()))) return ok('Node.js', found);
  return fail('Node.js', `${found} is not one of those that this works with`, `Install Node.js ${engines}.`);
}

export function enginesOf(): string {
  const file = new URL('../../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { engines: { node: string } }).engines.node;
}

/** The package that speaks to the database, found from here. */
export function driverCheck(engine: 'sqlite' | 'mysql'): Check {
  const name = engine === 'sqlite' ? 'better-sqlite3' : 'mysql2';
  try {
    // Not every package lets its package.json be asked for by name.
    const entry = createRequire(import.meta.url).resolve(name);
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

/** Pure. */
export function roomCheck(what: string, free: number, size: number): Check {
  const says = `${gigabytes(free)} of ${gigabytes(size)} free (${Math.round((100 * free) / size)} %)`;
  if (free >= LEAST_BYTES && free >= size * LEAST_SHARE) return ok(what, says);
  return warn(what, says, 'Make room: nothing can be stored on a full disk.');
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;

/** Of the disk where this file or folder lies, or will lie. */
export async function diskCheck(what: string, path: string): Promise<Check> {
  let there = resolve(path);
  while (!existsSync(there)) there = dirname(there);
  const { bavail, blocks, bsize } = await statfs(there);
  return roomCheck(what, bavail * bsize, blocks * bsize);
}
