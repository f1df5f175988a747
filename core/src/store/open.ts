// From a database URL to an open, migrated dialect.
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { JobsError } from '@phraseworks/sdk';
import type { Kysely } from 'kysely';
import { breath, type Clock, pause, type Random, systemClock } from '../kernel/clock.ts';
import { invalidConfig } from '../kernel/config.ts';
import type { Logger } from '../kernel/logger.ts';
import type { Dialect } from './dialect.ts';
import { openKysely, sqliteFile } from './kysely.ts';
import { migrate } from './migrate.ts';
import { openMysql } from './mysql/engine.ts';
import { isMysqlUrl, readMysqlUrl } from './mysql/url.ts';
import { openSqlite } from './sqlite/engine.ts';

/** Pauses while another process writes, in milliseconds. */
const SHORTEST = 5;
const SPREAD = 20;

/** Between two tries to reach a server that is not there yet, and between two lines in the log about it, in milliseconds. */
const TRY_AGAIN = 1_000;
const SAY_AGAIN = 30_000;

/** A Kysely instance of the host, with any tables. */
export interface HostDatabase {
  readonly isTransaction: boolean;
  withoutPlugins(): unknown;
}

const isKysely = (given: unknown): given is HostDatabase =>
  typeof given === 'object' && given !== null && typeof (given as Partial<HostDatabase>).withoutPlugins === 'function';

/** Throws `INVALID_CONFIG` for anything but a Kysely instance, `sqlite:PATH`, `sqlite::memory:` and `mysql://user:password@host:port/database`. */
export function checkUrl(url: unknown): void {
  if (isKysely(url)) return;
  if (isMysqlUrl(url)) readMysqlUrl(url);
  else pathIn(url);
}

function pathIn(url: unknown): string {
  const path = typeof url === 'string' ? /^sqlite:(.+)$/.exec(url)?.[1] : undefined;
  if (path === undefined) {
    throw invalidConfig([
      { path: 'database', message: 'must be sqlite:PATH, sqlite::memory: or mysql://user:password@host:port/database' },
    ]);
  }
  return path;
}

export interface OpenOptions {
  log?: Logger;
  /** How long to wait for a server that is not there yet, in milliseconds; 0 by default. */
  patience?: number;
}

/** Opens the database of the URL, or works on that of the host, and brings it up to date. Throws `INVALID_CONFIG`, and `UNAVAILABLE` when no server answers in time. */
export async function openDatabase(
  database: string | HostDatabase,
  clock: Clock,
  random: Random,
  options: OpenOptions = {},
): Promise<Dialect> {
  checkUrl(database);
  const dialect = isKysely(database)
    ? await openGiven(database, random, options)
    : await openUrl(database, random, options);
  try {
    await migrate(dialect, clock.now(), options.log);
    return dialect;
  } catch (error) {
    await dialect.close();
    throw error;
  }
}

// A database takes its time whatever a test does to the clock: waiting for one is always real.
const REAL = systemClock;

function openUrl(url: string, random: Random, options: OpenOptions): Promise<Dialect> {
  return isMysqlUrl(url) ? openServer(url, random, options) : openFile(pathIn(url), random);
}

/** A file has connections of our own, which keep what SQLite promises; the host's are taken where there is no other way. */
async function openGiven(given: HostDatabase, random: Random, { log }: OpenOptions): Promise<Dialect> {
  const db = given.withoutPlugins() as Kysely<unknown>;
  const file = await sqliteFile(db);
  return file ? openFile(file, random) : openKysely(db, { clock: REAL, random, log });
}

async function openFile(path: string, random: Random): Promise<Dialect> {
  if (path !== ':memory:') await makeFolder(path);
  return openSqlite(path, {
    now: () => REAL.now(),
    rest: () => pause(REAL, SHORTEST + random.fraction() * SPREAD),
    turn: () => breath(REAL),
  });
}

async function openServer(url: string, random: Random, { log, patience = 0 }: OpenOptions): Promise<Dialect> {
  const until = REAL.now() + patience;
  let said = Number.NEGATIVE_INFINITY;
  for (;;) {
    try {
      return await openMysql(url, { clock: REAL, random, log });
    } catch (error) {
      const away = error instanceof JobsError && error.code === 'UNAVAILABLE';
      if (!away || REAL.now() >= until) throw error;
      if (REAL.now() - said >= SAY_AGAIN) {
        said = REAL.now();
        log?.warn(`${error.message} It is tried again every second until it answers.`);
      }
      await pause(REAL, TRY_AGAIN);
    }
  }
}

async function makeFolder(path: string): Promise<void> {
  try {
    // Anyone who can read the file can sign in: see db/sign-in.ts.
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new JobsError(
      'INVALID_CONFIG',
      'The folder of the database file cannot be made: check its path and rights. Setting: database',
      { cause },
    );
  }
}
