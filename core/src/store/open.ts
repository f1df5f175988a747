// Opens and migrates the database that a URL names.
import { type Clock, type Random, systemClock } from '../kernel/clock.ts';
import { invalidConfig } from '../kernel/config.ts';
import type { DatabaseUrl, Dialect, Engine, OpenAround } from './dialect.ts';
import { migrate } from './migrate.ts';
import { mysql } from './mysql/engine.ts';
import { sqlite } from './sqlite/engine.ts';

/** To add one, add a folder beside theirs and a line here. */
const engines: readonly Engine[] = [sqlite, mysql];

/** The forms of database URLs, for messages. */
export const URL_FORMS = engines.flatMap(({ urls }) => urls);

/** The engine for the URL. Throws `INVALID_CONFIG` for a URL of no engine. */
function engineFor(url: unknown): Engine {
  const found = typeof url === 'string' ? engines.find((engine) => engine.accepts(url)) : undefined;
  if (found) return found;
  const message = `must be ${URL_FORMS.slice(0, -1).join(', ')} or ${URL_FORMS.at(-1)}`;
  throw invalidConfig([{ path: 'database', message }]);
}

/** Parses a database URL. Throws `INVALID_CONFIG` if it is invalid. */
export const readUrl = (url: unknown): DatabaseUrl => engineFor(url).read(url as string);

/** Opens the database and migrates it. Throws `INVALID_CONFIG`, and `UNAVAILABLE` if no server answers in time. */
export async function openDatabase(
  url: string,
  clock: Clock,
  random: Random,
  options: Pick<OpenAround, 'log' | 'patience'> = {},
): Promise<Dialect> {
  const engine = engineFor(url);
  await engine.prepare?.(url);
  // Opening takes real time, so wait by a real clock even in tests.
  const dialect = await engine.open(url, { clock: systemClock, random, ...options });
  try {
    await migrate(dialect, clock.now());
    return dialect;
  } catch (error) {
    await dialect.close();
    throw error;
  }
}

/** Opens the database without creating or migrating tables. `clock`: a real one. Throws like `openDatabase`. */
export const connect = (url: string, around: OpenAround): Promise<Dialect> => engineFor(url).open(url, around);
