// SQLite: WAL, commits that wait for the disk, one writing and one reading connection; in memory only one.
import { closeSync, openSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { JobsError } from '@phraseworks/sdk';
import type BetterSqlite3 from 'better-sqlite3';
import { SqliteIntrospector } from 'kysely';
import { pause, yieldToEventLoop } from '../../kernel/clock.ts';
import type { Dialect, Engine, EngineFacts, OpenAround } from '../dialect.ts';
import type { Prepared } from '../prepared.ts';
import { TransactionContext } from '../transaction-context.ts';
import { HeldDriver } from '../tx.ts';
import {
  BEGIN,
  kyselyOn,
  MemoryReadDriver,
  type Patience,
  SqliteConnection,
  SqliteDriver,
  SqliteReadDriver,
  SqliteTx,
} from './driver.ts';
import { inOurWords, isBusy, reasonFor, wordsFor } from './errors.ts';
import { databaseFile, FileWatch } from './file.ts';
import { searchSql } from './search.ts';
import { sqliteStatements } from './statements.ts';
import { columnTypes } from './tables.ts';

/** 3.51.3 closed a race that could corrupt a WAL file. */
const OLDEST = [3, 51, 3] as const;

async function load(): Promise<typeof BetterSqlite3> {
  try {
    refuseCrash(createRequire(import.meta.url)('better-sqlite3/package.json').version);
    return (await import('better-sqlite3')).default;
  } catch (cause) {
    if (cause instanceof JobsError) throw cause;
    throw new JobsError('INVALID_CONFIG', 'SQLite needs the package better-sqlite3: npm install better-sqlite3', {
      cause,
    });
  }
}

/** Version 13 needs Node-API 10 and crashes an older Node with a segmentation fault at the first database. */
function refuseCrash(version: string): void {
  if (Number.parseInt(version, 10) < 13 || Number(process.versions.napi) >= 10) return;
  throw new JobsError(
    'INVALID_CONFIG',
    `better-sqlite3 ${version} crashes Node ${process.version}: install Node 22.14 or newer, or npm install better-sqlite3@12`,
  );
}

function openFile(Sqlite: typeof BetterSqlite3, path: string, readonly: boolean): BetterSqlite3.Database {
  try {
    if (!readonly && path !== ':memory:') makeForOwner(path);
    return new Sqlite(path, { readonly, timeout: 50 });
  } catch (cause) {
    throw new JobsError('INVALID_CONFIG', whyNotOpened(cause), { cause });
  }
}

/** Version 13 contains its binaries. Version 12 is not built by npm 12 or a strict npm 11 unless `allowScripts` names it, and neither reports that. */
const HOW_TO_BUILD =
  Number(process.versions.napi) >= 10
    ? 'npm install better-sqlite3@13'
    : 'npm pkg set allowScripts.better-sqlite3=true --json and then npm rebuild better-sqlite3';

/** The first `new Database` loads the native module. `ERR_DLOPEN_FAILED` means that it was built for a different Node, processor or C library. */
function whyNotOpened(cause: unknown): string {
  const code = (cause as { code?: string }).code ?? 'no code';
  if (code === 'ERR_DLOPEN_FAILED')
    return `better-sqlite3 was built for a different version of Node than this one (${process.version}): run ${HOW_TO_BUILD}`;
  if (String(cause).includes('bindings file'))
    return `better-sqlite3 has no binary for this Node (${process.version}): run ${HOW_TO_BUILD}`;
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

function isOld(version: string): boolean {
  const parts = version.split('.').map(Number);
  for (const [i, least] of OLDEST.entries()) {
    const own = parts[i] ?? 0;
    if (own !== least) return own < least;
  }
  return false;
}

/** Read the pragmas back: in WAL mode better-sqlite3 silently runs at NORMAL, where a power failure can lose a commit. */
function setUp(raw: BetterSqlite3.Database, path: string): EngineFacts {
  const memory = path === ':memory:';
  const version = String(raw.prepare('select sqlite_version() as v').pluck().get());
  if (isOld(version)) {
    throw new JobsError(
      'INVALID_CONFIG',
      `SQLite ${version} is too old: install better-sqlite3 12.8 or newer, which includes ${OLDEST.join('.')}.`,
    );
  }
  const mode = String(raw.pragma('journal_mode = wal', { simple: true }));
  if (!memory && mode !== 'wal') {
    throw new JobsError(
      'INVALID_CONFIG',
      'SQLite cannot use its write-ahead log here: the file must be on a local disk. Setting: database',
    );
  }
  raw.pragma('synchronous = full');
  raw.pragma('foreign_keys = on');
  raw.pragma('trusted_schema = off');
  raw.pragma('wal_autocheckpoint = 1000');
  raw.pragma('journal_size_limit = 67108864');
  raw.pragma('temp_store = memory');
  raw.pragma('cache_size = -32768');
  const synchronous = Number(raw.pragma('synchronous', { simple: true }));
  if (synchronous !== 2) {
    throw new JobsError(
      'INVALID_CONFIG',
      'SQLite refused synchronous=FULL: acknowledged jobs could be lost in a power failure.',
    );
  }
  return { engine: 'SQLite', version, durability: memory ? 'memory' : 'full', location: memory ? ':memory:' : path };
}

const refuse = (error: unknown): never => {
  throw inOurWords(error);
};

/** A file that can never be used is a configuration error; a busy one is not. */
function unusable(error: unknown): unknown {
  const { cause } = error as Error;
  const words = isBusy(cause) ? undefined : wordsFor(cause);
  if (words === undefined) return error;
  return new JobsError('INVALID_CONFIG', `Cannot use the database file: ${words}. Setting: database`, { cause });
}

/** Opens the file, or a database in memory for `:memory:`. Throws `INVALID_CONFIG` with what to do. */
export async function openSqlite(path: string, patience: Patience): Promise<Dialect> {
  const Sqlite = await load();
  const raw = openFile(Sqlite, path, false);
  const writer = new SqliteConnection(raw, patience);
  const facts = await writer
    .patiently(() => setUp(raw, path))
    .catch((error: unknown) => {
      raw.close();
      throw unusable(error);
    });
  const watch = path === ':memory:' ? undefined : new FileWatch(path);
  if (watch) writer.writesTo(watch);
  const inside = new TransactionContext();
  const driver = new SqliteDriver(writer, patience, inside);
  const db = kyselyOn(driver);
  const tx = new SqliteTx(kyselyOn(new HeldDriver(writer)), writer);
  // A database in memory belongs to its only connection.
  const readRaw = path === ':memory:' ? undefined : openFile(Sqlite, path, true);
  const readConnection = readRaw ? new SqliteConnection(readRaw, patience) : writer;
  const reader = kyselyOn(
    readRaw ? new SqliteReadDriver(readConnection, patience) : new MemoryReadDriver(driver, writer, inside),
  );
  const version = raw.prepare('pragma data_version').pluck();
  let seen = Number(version.get());

  const read = async <P, R>(query: Prepared<P, R>, params: P): Promise<R[]> => {
    const run = () => readConnection.rows(query, params);
    // The only connection of a database in memory would show uncommitted changes of others.
    return readRaw || inside.hasConnection
      ? readConnection.patiently(run)
      : db
          .connection()
          .execute(async () => run())
          .catch(refuse);
  };

  return {
    name: 'sqlite',
    db,
    reader,
    inside,
    begin: BEGIN,
    introspector: (of) => new SqliteIntrospector(of),
    types: columnTypes,
    statements: sqliteStatements(db, read),
    search: searchSql,
    place: watch ? Object.freeze({ engine: 'sqlite' as const, file: watch.path }) : null,
    ...(watch ? { file: databaseFile(watch, reader) } : {}),
    blocking: true,
    ordered: true,
    rowLocks: false,
    poll: { shortest: 500, longest: 500 },
    // Its statements are finished before anyone can ask.
    inFlight: 0,
    transaction: (work) => driver.transact(() => work(tx)).catch(refuse),
    read,
    migrating: (work) => driver.transact(() => work(tx.db)).catch(refuse),
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
      if (readRaw) await reader.destroy();
      // Kysely does not close a driver that it has never used.
      readRaw?.close();
      try {
        raw.pragma('wal_checkpoint(truncate)');
      } catch {
        // Another process still reads: it checkpoints when it closes.
      }
      await db.destroy();
      raw.close();
    },
  };
}

/** Pauses while another process writes, in milliseconds. */
const SHORTEST = 5;
const SPREAD = 20;

const patienceOf = ({ clock, random }: OpenAround): Patience => ({
  now: () => clock.now(),
  rest: () => pause(clock, SHORTEST + random.fraction() * SPREAD),
  turn: () => yieldToEventLoop(clock),
  after: (ms, fn) => clock.after(ms, fn),
});

const SHAPE = /^sqlite:(.+)$/;
const pathIn = (url: string): string => SHAPE.exec(url)?.[1] ?? '';

export const sqlite: Engine = {
  title: 'SQLite',
  urls: ['sqlite:PATH', 'sqlite::memory:'],
  driver: 'better-sqlite3',
  accepts: (url) => SHAPE.test(url),
  read: (url) => ({ name: url, file: pathIn(url), hosts: [] }),
  prepare: async (url) => {
    if (pathIn(url) !== ':memory:') await makeFolder(pathIn(url));
  },
  open: (url, around) => openSqlite(pathIn(url), patienceOf(around)),
};

async function makeFolder(path: string): Promise<void> {
  try {
    // Jobs may hold secrets, and tables of plugins what signs users in.
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new JobsError(
      'INVALID_CONFIG',
      'Cannot create the folder of the database file: check its path and permissions. Setting: database',
      { cause },
    );
  }
}
