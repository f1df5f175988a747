// From a database URL, or a Kysely instance of the host, to an open and migrated dialect.
import { JobsError } from '@phraseworks/sdk';
import type { Kysely } from 'kysely';
import { type Clock, type Random, systemClock } from '../kernel/clock.ts';
import { invalidConfig } from '../kernel/config.ts';
import type { Logger } from '../kernel/logger.ts';
import type { DatabaseUrl, Dialect, Engine, OpenAround } from './dialect.ts';
import { engines } from './engines.ts';
import { migrate } from './migrate.ts';
import type { Database } from './schema.ts';

/** A Kysely instance of the host, with any tables. */
export interface HostDatabase {
  readonly isTransaction: boolean;
  withoutPlugins(): unknown;
}

const isKysely = (given: unknown): given is HostDatabase =>
  typeof given === 'object' && given !== null && typeof (given as Partial<HostDatabase>).withoutPlugins === 'function';

/** The engine that the URL is for. Throws `INVALID_CONFIG` when there is none. */
export function engineFor(url: unknown): Engine {
  const found = typeof url === 'string' ? engines.find((engine) => engine.accepts(url)) : undefined;
  if (found) return found;
  const forms = engines.flatMap(({ urls }) => urls);
  const message = `must be ${forms.slice(0, -1).join(', ')} or ${forms.at(-1)}`;
  throw invalidConfig([{ path: 'database', message }]);
}

/** What a database URL says. Throws `INVALID_CONFIG` when it is none. */
export const readUrl = (url: unknown): DatabaseUrl => engineFor(url).read(url as string);

/** Throws `INVALID_CONFIG` for anything but a Kysely instance or the URL of an engine that is known here. */
export function checkUrl(database: unknown): void {
  if (!isKysely(database)) readUrl(database);
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
  // A database takes its time whatever a test does to the clock: waiting for one is always real.
  const around = { clock: systemClock, random, ...options };
  const dialect = isKysely(database) ? await adopt(database, around) : await openUrl(database, around);
  try {
    await migrate(dialect, clock.now(), options.log);
    return dialect;
  } catch (error) {
    await dialect.close();
    throw error;
  }
}

async function openUrl(url: string, around: OpenAround): Promise<Dialect> {
  const engine = engineFor(url);
  await engine.prepare?.(url);
  return engine.open(url, around);
}

async function adopt(given: HostDatabase, around: OpenAround): Promise<Dialect> {
  const db = given.withoutPlugins() as Kysely<Database>;
  for (const engine of engines) {
    const dialect = await engine.adopt(db, around);
    if (dialect) return dialect;
  }
  const known = engines.map(({ title }) => title).join(', ');
  throw new JobsError(
    'INVALID_CONFIG',
    `The Kysely instance is on an engine that is not known here: ${known} are. Setting: database`,
  );
}

/** Opens the database of the URL with its tables as they are: nothing is made or brought up to date. `clock`: a real one. Throws as `openDatabase`. */
export const connect = (url: string, around: OpenAround): Promise<Dialect> => engineFor(url).open(url, around);
