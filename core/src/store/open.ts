// Opens and migrates a database, from a URL or a Kysely instance of the host.
import { JobsError } from '@phraseworks/sdk';
import type { Kysely } from 'kysely';
import { type Clock, type Random, systemClock } from '../kernel/clock.ts';
import { invalidConfig } from '../kernel/config.ts';
import type { Logger } from '../kernel/logger.ts';
import type { DatabaseUrl, Dialect, Engine, OpenAround } from './dialect.ts';
import { migrate } from './migrate.ts';
import { mysql } from './mysql/engine.ts';
import type { Database } from './schema.ts';
import { sqlite } from './sqlite/engine.ts';

/** To add one, add a folder beside theirs and a line here. */
const engines: readonly Engine[] = [sqlite, mysql];

/** The forms of database URLs, for messages. */
export const URL_FORMS = engines.flatMap(({ urls }) => urls);

/** A Kysely instance of the host, with any tables. */
export interface HostDatabase {
  readonly isTransaction: boolean;
  withoutPlugins(): unknown;
}

const isKysely = (given: unknown): given is HostDatabase =>
  typeof given === 'object' && given !== null && typeof (given as Partial<HostDatabase>).withoutPlugins === 'function';

/** The engine for the URL. Throws `INVALID_CONFIG` if there is none. */
function engineFor(url: unknown): Engine {
  const found = typeof url === 'string' ? engines.find((engine) => engine.accepts(url)) : undefined;
  if (found) return found;
  const message = `must be ${URL_FORMS.slice(0, -1).join(', ')} or ${URL_FORMS.at(-1)}`;
  throw invalidConfig([{ path: 'database', message }]);
}

/** Parses a database URL. Throws `INVALID_CONFIG` if it is invalid. */
export const readUrl = (url: unknown): DatabaseUrl => engineFor(url).read(url as string);

/** Throws `INVALID_CONFIG` unless it is a Kysely instance or the URL of a supported engine. */
export function checkUrl(database: unknown): void {
  if (!isKysely(database)) readUrl(database);
}

export interface OpenOptions {
  log?: Logger;
  /** How long to wait for a server that is not up yet, in milliseconds; 0 by default. */
  patience?: number;
}

/** Opens the database and migrates it. Throws `INVALID_CONFIG`, and `UNAVAILABLE` if no server answers in time. */
export async function openDatabase(
  database: string | HostDatabase,
  clock: Clock,
  random: Random,
  options: OpenOptions = {},
): Promise<Dialect> {
  checkUrl(database);
  // Opening takes real time, so wait by a real clock even in tests.
  const around = { clock: systemClock, random, ...options };
  const dialect = isKysely(database) ? await adopt(database, around) : await openUrl(database, around);
  try {
    await migrate(dialect, clock.now());
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
    `The Kysely instance uses an unsupported engine. Supported: ${known}. Setting: database`,
  );
}

/** Opens the database without creating or migrating tables. `clock`: a real one. Throws like `openDatabase`. */
export const connect = (url: string, around: OpenAround): Promise<Dialect> => engineFor(url).open(url, around);
