// Where the jobs' database lies, for tools that open a connection of their own.
import { resolve } from 'node:path';
import type { DatabasePlace } from '@phraseworks/sdk';
import type { Dialect } from './dialect.ts';
import { isMysqlUrl } from './mysql/url.ts';

/** `database` as it was given to `openDatabase`. Null in memory, and for connections of the host to a server. */
export function databasePlace(database: unknown, dialect: Pick<Dialect, 'name' | 'facts'>): DatabasePlace | null {
  if (isMysqlUrl(database)) return Object.freeze({ engine: 'mysql', url: database });
  const { location } = dialect.facts();
  if (dialect.name !== 'sqlite' || location === ':memory:') return null;
  return Object.freeze({ engine: 'sqlite', file: resolve(location) });
}
