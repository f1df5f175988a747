// The proof of a backup: its databases are restored, looked through and compared with what was taken.
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Source } from './archive-reader.ts';
import { BackupFailure } from './failure.ts';
import { type Contents, type DatabasePart, type Manifest, tablesDiffer } from './manifest.ts';
import { replay } from './replay.ts';
import { CannotVerify, scratchDatabases, scratchName, withScratch } from './scratch.ts';
import { errnoOf, identifier, type Server, serverCode, withServer } from './server.ts';
import { dumpServer } from './server-dump.ts';
import type { Login } from './server-url.ts';
import { databasesOf } from './sources.ts';
import { roomAt } from './space.ts';
import { inspectSqlite } from './sqlite.ts';
import type { Tools } from './tools.ts';
import { unpack } from './unpack.ts';

export interface ProveOptions {
  /** A folder of this run. */
  work: string;
  signal: AbortSignal;
  /** Of the proof's second half: the databases are restored. The first one is told by the source. */
  progress(fraction: number): void;
  warn(message: string): void;
}

export interface Proof {
  manifest: Manifest;
  /** Why not every database could be restored and compared; null when all were, and are equal. */
  notRestored: string | null;
  /** What is wrong with what was restored, although the archive is as it was written; null: nothing. */
  problem: string | null;
  /** Where the databases of the archive lie now, by part; SQLite files are looked through already. */
  files: Map<string, string>;
}

const failed = (part: string, what: string) =>
  new BackupFailure('VERIFICATION_FAILED', `the restored database ${part} is not what was taken: ${what}`);

/** What says that a database does not restore, and nothing against the archive around it. */
const OF_ONE_DATABASE = new Set(['VERIFICATION_FAILED', 'DATABASE_DAMAGED', 'RESTORE_FAILED']);

/** An archive, and what is known of it beforehand. */
export interface Known {
  source: Source;
  mayBePlain: boolean;
  expected: Contents | null;
  /** Throws `ARCHIVE_DAMAGED` when what was just read are not the bytes that were written, or checked first. */
  check(): void;
}

/** Throws `ARCHIVE_DAMAGED` and the like for an archive that is not as it was written, before a database of it is restored. */
export async function prove(archive: Known, tools: Tools, options: ProveOptions): Promise<Proof> {
  const { work, signal, progress } = options;
  const folder = join(work, 'restored');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { passphrase, minFree } = tools.config;
  const { source, mayBePlain, expected } = archive;
  const room = await roomAt(work, minFree);
  const manifest = await unpack(source, { passphrase, mayBePlain, signal, databases: folder, room, expected });
  archive.check();
  const parts = manifest.parts.filter((part) => part.kind === 'database');
  const files = new Map(parts.map((part) => [part.name, join(folder, basename(part.path))]));
  const reasons: string[] = parts.length === 0 ? ['it holds no database to restore'] : [];
  const problems: string[] = [];
  for (const [index, part] of parts.entries()) {
    progress(index / parts.length);
    try {
      const reason = await proveDatabase(part, files.get(part.name) as string, manifest.id, tools, options);
      if (reason !== undefined) reasons.push(reason);
    } catch (error) {
      if (!(error instanceof BackupFailure) || !OF_ONE_DATABASE.has(error.code)) throw error;
      problems.push(`${error.code}: ${error.message}`);
    }
  }
  progress(1);
  const joined = (all: string[]) => (all.length === 0 ? null : all.join('; '));
  return { manifest, files, notRestored: joined(reasons), problem: joined(problems) };
}

async function proveDatabase(
  part: DatabasePart,
  file: string,
  id: string,
  tools: Tools,
  options: ProveOptions,
): Promise<string | undefined> {
  if (part.engine === 'sqlite') return proveSqlite(part, file, options.signal);
  const source = databasesOf(tools.config, tools.place).find(({ name }) => name === part.name);
  if (source?.engine !== 'mysql')
    return `there is no server to restore the database ${part.name} on: the config does not name it`;
  return proveOnServer(part, file, id, source.login, tools, options);
}

async function proveSqlite(part: DatabasePart, file: string, signal: AbortSignal): Promise<undefined> {
  const { problems, tables } = await inspectSqlite(file, { signal });
  if (problems.length > 0)
    throw new BackupFailure(
      'DATABASE_DAMAGED',
      `the database ${part.name} is damaged: integrity_check finds ${problems.length} problems or more`,
    );
  const difference = tablesDiffer(part.tables, tables);
  if (difference) throw failed(part.name, difference);
}

/** Restores into a database of its own, dumps that in the same way and compares the two dumps. */
async function proveOnServer(
  part: DatabasePart,
  file: string,
  id: string,
  login: Login,
  tools: Tools,
  options: ProveOptions,
): Promise<string | undefined> {
  const { signal } = options;
  const { charset, collation } = part;
  const name = scratchName(login.database, id);
  try {
    return await withServer(login, { database: null, signal }, async (server) => {
      await dropLeftovers(server, id, tools);
      return withScratch(server, { login, name, charset, collation }, async () => {
        await withServer(login, { database: name, signal }, (scratch) =>
          replay(scratch, file, { signal, withEvents: false }),
        );
        return compareOnServer(part, login, name, tools.config.dump, options);
      });
    });
  } catch (error) {
    if (error instanceof CannotVerify) return error.message;
    if (isForWantOfRights(error)) return `the login may not restore everything (${serverCode(error.cause)})`;
    throw error;
  }
}

/** Of a statement that was refused: no right to a table, column, routine or trigger, or to make programs where there is a binary log. */
const NO_RIGHT = new Set([1044, 1142, 1143, 1227, 1370, 1418, 1419]);

const isForWantOfRights = (error: unknown): error is BackupFailure =>
  error instanceof BackupFailure && error.code === 'RESTORE_FAILED' && NO_RIGHT.has(errnoOf(error.cause) ?? 0);

/** What differs is thrown; what cannot be compared is answered. */
export async function compareOnServer(
  part: DatabasePart,
  login: Login,
  database: string,
  dump: Tools['config']['dump'],
  { work, signal, warn }: ProveOptions,
): Promise<undefined> {
  const how = part.method === 'own' ? 'own' : dump;
  const again = await dumpServer({ login, database, how, file: null, folder: work, signal, progress: () => {}, warn });
  const same = again.method === part.method;
  if (!same) warn(`the database ${part.name} was dumped in another way than here: rows are compared, contents are not`);
  // A target that was not empty may have others, which are none of the backup's business.
  const names = new Set(part.tables.map((table) => table.name));
  const ours = again.tables.filter((table) => names.has(table.name));
  const difference = tablesDiffer(part.tables, ours, same);
  if (difference) throw failed(part.name, difference);
}

/** Scratch databases of runs that died, ours alone: their backups are in the table. */
async function dropLeftovers(server: Server, own: string, { runs, isAlive }: Tools): Promise<void> {
  for (const { name, id } of await scratchDatabases(server)) {
    const row = await runs.find(id);
    const busy = row !== undefined && id !== own && row.state === 'writing' && (await isAlive(row.owner));
    if (row !== undefined && !busy) await server.query(`drop database if exists ${identifier(name)}`);
  }
}
