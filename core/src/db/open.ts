// From a database URL to an open, migrated dialect.
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { JobsError } from '@phraseworks/sdk';
import type { Clock, Random } from '../clock.ts';
import { pause } from '../clock.ts';
import { invalidConfig } from '../config.ts';
import type { Dialect } from './dialect/dialect.ts';
import { openSqlite } from './dialect/sqlite.ts';
import { migrate } from './migrate.ts';

/** Pauses while another process writes, in milliseconds. */
const SHORTEST = 5;
const SPREAD = 20;

/** The path in the URL. Throws `INVALID_CONFIG` for anything but `sqlite:PATH` and `sqlite::memory:`. */
export function checkUrl(url: unknown): string {
  const path = typeof url === 'string' ? /^sqlite:(.+)$/.exec(url)?.[1] : undefined;
  if (path === undefined)
    throw invalidConfig([{ path: 'database', message: 'must be sqlite:PATH or sqlite::memory:' }]);
  return path;
}

/** `sqlite:PATH` or `sqlite::memory:`. Throws `INVALID_CONFIG`. */
export async function openDatabase(url: string, clock: Clock, random: Random): Promise<Dialect> {
  const path = checkUrl(url);
  if (path !== ':memory:') await makeFolder(path);
  const dialect = await openSqlite(path, {
    now: () => clock.now(),
    rest: () => pause(clock, SHORTEST + random.fraction() * SPREAD),
  });
  try {
    await migrate(dialect, clock.now());
    return dialect;
  } catch (error) {
    await dialect.close();
    throw error;
  }
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
  } catch (cause) {
    throw new JobsError(
      'INVALID_CONFIG',
      'The folder of the database file cannot be made: check its path and rights. Setting: database',
      { cause },
    );
  }
}
