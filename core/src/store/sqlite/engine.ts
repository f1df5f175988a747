// SQLite: WAL, commits that wait for the disk, one writing and one reading connection; in memory only one.

import { closeSync, existsSync, openSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { JobsError } from '@phraseworks/sdk';
import type BetterSqlite3 from 'better-sqlite3';
import { sql } from 'kysely';
import { type Dialect, type Engine, type EngineFacts, isOlder, type OpenAround, unusable } from '../dialect.ts';
import { kyselyOn } from '../kysely-on.ts';
import type { Prepared } from '../prepared.ts';
import { TransactionContext } from '../transaction-context.ts';
import { BEGIN, SqliteConnection, SqliteTx, spreadReads, Turns } from './connection.ts';
import { isBusy, reasonFor, wordsFor } from './errors.ts';
import { databaseFile, FileWatch } from './file.ts';
import { columnTypes, language } from './language.ts';
import { sqliteStatements } from './statements.ts';

/** 3.51.3 closed a race that could corrupt a WAL file. */
const OLDEST = [3, 51, 3] as const;

async function load(): Promise<typeof BetterSqlite3> {
  try {
    refuseCrash(createRequire(import.meta.url)('better-sqlite3/package.json').version);
    return (await import('better-sqlite3')).default;
  } catch (cause) {
    if (cause instanceof JobsError) throw cause;
    throw unusable(`SQLite needs the package better-sqlite3: ${howToAdd()} better-sqlite3`, cause);
  }
}

/** Version 13 needs Node-API 10 and crashes an older Node with a segmentation fault at the first database. */
function refuseCrash(version: string): void {
  if (Number.parseInt(version, 10) < 13 || Number(process.versions.napi) >= 10) return;
  throw unusable(
    `better-sqlite3 ${version} crashes Node ${process.version}: install Node 22.14 or newer, or ${howToAdd()} better-sqlite3@12`,
  );
}

function openFile(Sqlite: typeof BetterSqlite3, path: string, readonly: boolean): BetterSqlite3.Database {
  try {
    if (!readonly && path !== ':memory:') makeForOwner(path);
    return new Sqlite(path, { readonly, timeout: 50 });
  } catch (cause) {
    throw unusable(whyNotOpened(cause), cause);
  }
}

/** The package manager of the site, which is where its lock file is. */
const manager = () => (existsSync('pnpm-lock.yaml') ? 'pnpm' : existsSync('yarn.lock') ? 'yarn' : 'npm');
const howToAdd = (): string => ({ npm: 'npm install', pnpm: 'pnpm add', yarn: 'yarn add' })[manager()];

/** Version 13 contains its binaries. Version 12 has to be built, which no package manager does for a package that it was not told of. */
const BUILD = {
  npm: 'npm pkg set allowScripts.better-sqlite3=true --json and then npm rebuild better-sqlite3',
  pnpm: 'pnpm add --allow-build=better-sqlite3 better-sqlite3@12',
  yarn: 'yarn config set enableScripts true and then yarn rebuild better-sqlite3',
};
const howToBuild = (): string =>
  Number(process.versions.napi) >= 10 ? `${howToAdd()} better-sqlite3@13` : BUILD[manager()];

/** The first `new Database` loads the native module. `ERR_DLOPEN_FAILED` means that it was built for a different Node, processor or C library. */
function whyNotOpened(cause: unknown): string {
  const code = (cause as { code?: string }).code ?? 'no code';
  if (code === 'ERR_DLOPEN_FAILED')
    return `better-sqlite3 was built for a different version of Node than this one (${process.version}): run ${howToBuild()}`;
  if (String(cause).includes('bindings file'))
    return `better-sqlite3 has no binary for this Node (${process.version}): run ${howToBuild()}`;
  return `Cannot open the database file (${code}): check that it is a file in an existing folder, and that this user may read and write both. Setting: database`;
}

/** A new file, and the files that SQLite creates beside it, are readable only by their owner; an existing file keeps its mode. */
function makeForOwner(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch {
    // It exists, or SQLite will report what is wrong.
  }
}

/** Read the pragmas back: in WAL mode better-sqlite3 silently runs at NORMAL, where a power failure can lose a commit. */
function setUp(raw: BetterSqlite3.Database, path: string): EngineFacts {
  const memory = path === ':memory:';
  const version = String(raw.prepare('select sqlite_version() as v').pluck().get());
  if (isOlder(version, OLDEST)) {
    throw unusable(
      `SQLite ${version} is too old: install better-sqlite3 12.8 or newer, which includes ${OLDEST.join('.')}.`,
    );
  }
  const mode = String(raw.pragma('journal_mode = wal', { simple: true }));
  if (!memory && mode !== 'wal') {
    throw unusable('SQLite cannot use its write-ahead log here: the file must be on a local disk. Setting: database');
  }
  raw.pragma('synchronous = full');
  raw.pragma('foreign_keys = on');
  raw.pragma('trusted_schema = off');
  // After writes that are not in a transaction; see `SqliteConnection.commit`.
  raw.pragma('wal_autocheckpoint = 2000');
  raw.pragma('journal_size_limit = 67108864');
  raw.pragma('temp_store = memory');
  raw.pragma('cache_size = -32768');
  const synchronous = Number(raw.pragma('synchronous', { simple: true }));
  if (synchronous !== 2) {
    throw unusable('SQLite refused synchronous=FULL: acknowledged jobs could be lost in a power failure.');
  }
  return { engine: 'SQLite', version, durability: memory ? 'memory' : 'full', location: memory ? ':memory:' : path };
}

/** A file that can never be used is a configuration error; a busy one is not. */
function whyNotSetUp(error: unknown): unknown {
  const { cause } = error as Error;
  const words = isBusy(cause) ? undefined : wordsFor(cause);
  return words === undefined ? error : unusable(`Cannot use the database file: ${words}. Setting: database`, cause);
}

/** Opens the file, or a database in memory for `:memory:`. Throws `INVALID_CONFIG` with what to do. */
export async function openSqlite(path: string, around: Pick<OpenAround, 'clock' | 'random'>): Promise<Dialect> {
  const Sqlite = await load();
  const raw = openFile(Sqlite, path, false);
  const facts = await new SqliteConnection(raw, around)
    .patiently(() => setUp(raw, path))
    .catch((error: unknown) => {
      raw.close();
      throw whyNotSetUp(error);
    });
  const inMemory = path === ':memory:';
  const watch = inMemory ? undefined : new FileWatch(path);
  const { clock } = around;
  const writer = new SqliteConnection(raw, around, watch);
  const inside = new TransactionContext();
  const writing = new Turns({ connection: writer, clock, inside });
  const db = kyselyOn(language, writing.use);
  const tx = new SqliteTx(
    kyselyOn(language, (consumer) => consumer(writer)),
    writer,
  );
  // A database in memory belongs to its only connection, which would show uncommitted changes to others.
  const reads = inMemory ? writer : new SqliteConnection(openFile(Sqlite, path, true), around);
  const inTurn: typeof writing.use = (consumer) => (inside.hasConnection ? consumer(writer) : writing.use(consumer));
  const reader = kyselyOn(language, inMemory ? inTurn : spreadReads(new Turns({ connection: reads, clock }), clock));
  const rowsOf = <P, R>(query: Prepared<P, R>, params: P): Promise<R[]> =>
    reads.patiently(() => reads.run(query.sql, query.bind(params)).rows as R[]);
  const read: Dialect['read'] = (query, params) =>
    inMemory ? inTurn(() => rowsOf(query, params)) : rowsOf(query, params);
  const version = raw.prepare('pragma data_version').pluck();
  let seen = Number(version.get());

  return {
    name: 'sqlite',
    db,
    reader,
    inside,
    begin: BEGIN,
    language,
    types: columnTypes,
    statements: sqliteStatements(db, read),
    jobsAlong: () => sql`pwj_jobs`,
    place: watch ? Object.freeze({ engine: 'sqlite' as const, file: watch.path }) : null,
    ...(watch ? { file: databaseFile(watch, reader) } : {}),
    blocking: true,
    ordered: true,
    rowLocks: false,
    poll: { shortest: 500, longest: 500 },
    // Its statements are finished before anyone can ask.
    inFlight: 0,
    transaction: (work) => writing.transact(() => work(tx)),
    read,
    migrating: (work) => writing.transact(() => work(tx.db)),
    isDuplicate: (error) => /^SQLITE_CONSTRAINT_(UNIQUE|PRIMARYKEY)$/.test(String((error as { code?: unknown })?.code)),
    changedElsewhere: async () => {
      const now = Number(version.get());
      const changed = now !== seen;
      seen = now;
      return changed;
    },
    storageReason: reasonFor,
    facts: () => facts,
    close: async () => {
      if (!inMemory) reads.raw.close();
      try {
        raw.pragma('wal_checkpoint(truncate)');
      } catch {
        // Another process still reads: it checkpoints when it closes.
      }
      raw.close();
    },
  };
}

const SHAPE = /^sqlite:(.+)$/;
const pathIn = (url: string): string => SHAPE.exec(url)?.[1] ?? '';

export const sqlite: Engine = {
  urls: ['sqlite:PATH', 'sqlite::memory:'],
  accepts: (url) => SHAPE.test(url),
  read: (url) => ({ name: url, file: pathIn(url), hosts: [] }),
  prepare: async (url) => {
    if (pathIn(url) !== ':memory:') await makeFolder(pathIn(url));
  },
  open: (url, around) => openSqlite(pathIn(url), around),
};

async function makeFolder(path: string): Promise<void> {
  try {
    // Jobs may hold secrets, and tables of plugins what signs users in.
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw unusable(
      'Cannot create the folder of the database file: check its path and permissions. Setting: database',
      cause,
    );
  }
}
