// One dump of a MySQL or MariaDB database, by the program where it is and wanted, else by our own.
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Config } from './config.ts';
import { DumpFacts } from './dump-facts.ts';
import { dumpOwn } from './dump-own.ts';
import { type DumpProgram, dumpByProgram, findDumpProgram } from './dump-program.ts';
import { BackupFailure, writeFailure } from './failure.ts';
import type { TableFacts } from './manifest.ts';
import { rows, type Server, serverCode, withServer } from './server.ts';
import type { Login } from './server-url.ts';
import { leftOutOf, programsOf, unsteadyTables } from './table-columns.ts';

export type Method = 'program' | 'own';

export interface ServerDump {
  method: Method;
  tables: TableFacts[];
  version: string;
  charset: string;
  collation: string;
  /** What is in it and may be of another moment. */
  leftOut: string[];
  /** What is not in it, with the reason. */
  missing: { what: string; reason: string }[];
}

export interface DumpOptions {
  login: Login;
  /** Another database of the same server than that of the login. */
  database?: string;
  how: Config['dump'];
  /** Null: the dump is read for what it holds, and kept nowhere. */
  file: string | null;
  /** For the login of the program. */
  folder: string;
  signal: AbortSignal;
  progress(bytes: number): void;
  warn(message: string): void;
}

/** Through the facts into the file. */
async function keep(sql: Readable, facts: DumpFacts, { file, signal, progress }: DumpOptions): Promise<void> {
  let bytes = 0;
  facts.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    progress(bytes);
  });
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const to = file === null ? nowhere : createWriteStream(file, { flags: 'w', mode: 0o600 });
  try {
    await pipeline(sql, facts, to, { signal });
  } catch (error) {
    throw signal.aborted ? signal.reason : writeFailure(error);
  }
}

async function aboutDatabase(server: Server): Promise<{ version: string; charset: string; collation: string }> {
  const [about] = await rows<{ version: string; charset: string; collation: string }>(
    server,
    'select version() as version, @@character_set_database as charset, @@collation_database as collation',
  );
  return { version: about?.version ?? '', charset: about?.charset ?? '', collation: about?.collation ?? '' };
}

/** Bytes that its rows and indexes take, as the server counts them. */
export const databaseBytes = (login: Login, signal: AbortSignal): Promise<number> =>
  withServer(login, { signal }, async (server) => {
    const sql =
      'select coalesce(sum(data_length + index_length), 0) as bytes from information_schema.tables where table_schema = database()';
    return Number((await rows<{ bytes: string }>(server, sql))[0]?.bytes ?? 0);
  });

async function byProgram(options: DumpOptions, program: DumpProgram): Promise<Omit<ServerDump, 'method'>> {
  const { login, database = login.database, folder, signal } = options;
  return withServer(login, { database, signal }, async (server, place) => {
    const run = async (withRoutines: boolean): Promise<TableFacts[]> => {
      const facts = new DumpFacts();
      const dump = { login, place, database, program, folder, signal, withRoutines };
      await dumpByProgram(dump, (sql) => keep(sql, facts, options));
      return facts.tables();
    };
    const leftOut = await unsteadyTables(server);
    const missing: ServerDump['missing'] = [];
    let tables: TableFacts[];
    try {
      tables = await run(true);
    } catch (error) {
      if (!(error instanceof BackupFailure) || !/want of rights/.test(error.message)) throw error;
      missing.push(...(await programsOf(server)), {
        what: 'routines and events',
        reason: 'may not be read by this login',
      });
      tables = await run(false);
    }
    return { ...(await aboutDatabase(server)), tables, leftOut, missing };
  });
}

async function byOurselves(options: DumpOptions): Promise<Omit<ServerDump, 'method'>> {
  const { login, database = login.database, signal } = options;
  return withServer(login, { database, signal }, async (server) => {
    const about = await aboutDatabase(server);
    const leftOut = await unsteadyTables(server);
    const missing = await leftOutOf(server);
    const facts = new DumpFacts();
    try {
      await keep(Readable.from(dumpOwn(server), { objectMode: false }), facts, options);
    } catch (error) {
      if (signal.aborted || error instanceof BackupFailure) throw error;
      throw new BackupFailure('DUMP_FAILED', `the server refused to be read (${serverCode(error)})`, error);
    }
    return { ...about, tables: facts.tables(), leftOut, missing };
  });
}

/** Throws `DUMP_FAILED`, `SOURCE_UNREADABLE`, and what `writeFailure` makes of a full disk. */
export async function dumpServer(options: DumpOptions): Promise<ServerDump> {
  const { how, signal, file, warn } = options;
  const program = how === 'own' ? undefined : await findDumpProgram(signal);
  if (how === 'program' && !program)
    throw new BackupFailure(
      'MISSING_LIBRARY',
      'neither mariadb-dump nor mysqldump can be run here: install one, or set the config key dump to auto',
    );
  if (program) {
    try {
      return { method: 'program', ...(await byProgram(options, program)) };
    } catch (error) {
      const ours = error instanceof BackupFailure && error.code === 'DUMP_FAILED';
      if (how === 'program' || !ours) throw error;
      warn(`${error.message}: our own dump is made in its place`);
      if (file !== null) await rm(file, { force: true });
    }
  }
  return { method: 'own', ...(await byOurselves(options)) };
}
