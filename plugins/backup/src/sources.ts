// The databases and folders that the config names.
import { resolve } from 'node:path';
import type { DatabasePlace } from '@phraseworks/sdk';
import { type Config, OWN } from './config.ts';
import type { ServerEngine } from './engines/engine.ts';
import { mysql } from './engines/mysql/engine.ts';
import { postgres } from './engines/postgres/engine.ts';
import { type Login, placeOf, readServerUrl } from './engines/server-url.ts';
import { BackupFailure } from './failure.ts';
import type { BackupType } from './manifest.ts';

export type DatabaseSource =
  | { name: string; engine: 'sqlite'; file: string }
  | { name: string; engine: Login['engine']; login: Login };

export const engineOf = ({ engine }: Pick<Login, 'engine'>): ServerEngine => (engine === 'mysql' ? mysql : postgres);

const SQLITE = /^sqlite:(?!:memory:)(.+)$/;

/** Null if it is not a database URL. */
function sourceOf(name: string, url: string): DatabaseSource | null {
  const file = SQLITE.exec(url)?.[1];
  if (file !== undefined) return { name, engine: 'sqlite', file: resolve(file) };
  const login = readServerUrl(url);
  return login && { name, engine: login.engine, login };
}

function ownSource(place: DatabasePlace | null): DatabaseSource | null {
  if (place === null) return null;
  return place.engine === 'sqlite' ? { name: OWN, engine: 'sqlite', file: place.file } : sourceOf(OWN, place.url);
}

/** All databases that the config names, the jobs' own first. */
export function databasesOf(config: Config, place: DatabasePlace | null): DatabaseSource[] {
  const own = config.own ? ownSource(place) : null;
  const others = Object.entries(config.databases).map(([name, url]) => sourceOf(name, url));
  return [own, ...others].filter((source) => source !== null);
}

/** For messages: without the login. */
export const describe = (source: DatabaseSource): string =>
  source.engine === 'sqlite' ? `the database ${source.name}` : `the database ${source.name} (${placeOf(source.login)})`;

export interface Sources {
  databases: DatabaseSource[];
  /** Name to path. */
  folders: [name: string, path: string][];
}

/** Throws `NOTHING_TO_BACK_UP`. */
export function sourcesOf(type: BackupType, config: Config, place: DatabasePlace | null): Sources {
  const databases = type === 'files' ? [] : databasesOf(config, place);
  const folders = type === 'database' ? [] : Object.entries(config.files);
  // With `own: false` and no databases, a full backup consists of the folders.
  if (databases.length === 0 && (type === 'database' || (type === 'full' && config.own))) {
    const why = config.own
      ? "the jobs' own database is in memory, or its connections belong to the host: name it in the config key databases"
      : 'the config key own is false and databases is empty';
    throw new BackupFailure('NOTHING_TO_BACK_UP', why);
  }
  if (databases.length + folders.length === 0)
    throw new BackupFailure('NOTHING_TO_BACK_UP', 'the config keys databases and files are empty');
  return { databases, folders };
}
