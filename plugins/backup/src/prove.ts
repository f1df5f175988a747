// Proves a backup: restores its databases, checks them, and compares them with what was copied.
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Source } from './archive-reader.ts';
import type { Where } from './engines/client-program.ts';
import { type DatabaseFacts, NotAllowed, Refused, type ServerEngine } from './engines/engine.ts';
import { limitsOf, loadWithin } from './engines/load-within.ts';
import { type Login, readServerUrl } from './engines/server-url.ts';
import { inspectSqlite } from './engines/sqlite/file.ts';
import { BackupFailure, codeOf } from './failure.ts';
import { keysOf } from './keys.ts';
import { type Contents, type DatabasePart, type Manifest, tablesDiffer } from './manifest.ts';
import { databasesOf, engineOf } from './sources.ts';
import type { Tools } from './tools.ts';
import { unpack } from './unpack.ts';
import { roomAt } from './work.ts';

export interface ProveOptions {
  /** A folder of this run. */
  work: string;
  signal: AbortSignal;
  /** Covers restoring the databases; reading the archive reports through its source. */
  progress(fraction: number): void;
}

export interface Proof {
  manifest: Manifest;
  /** Why not every database could be restored and compared; null if all were, and are equal. */
  notRestored: string | null;
  /** What is wrong with the restored databases although the archive is intact; null: nothing. */
  problem: string | null;
  /** The unpacked databases, by part; SQLite files have been checked. */
  files: Map<string, string>;
}

const failed = (part: string, what: string) =>
  new BackupFailure('VERIFICATION_FAILED', `the restored database ${part} differs from the backup: ${what}`);

/** Failures of one database, which say nothing against the rest of the archive. */
const OF_ONE_DATABASE = new Set(['VERIFICATION_FAILED', 'DATABASE_DAMAGED', 'RESTORE_FAILED']);

/** An archive, and what the table knows about it. */
export interface Known {
  source: Source;
  mayBePlain: boolean;
  expected: Contents | null;
  /** Of an archive that this run has written. */
  fileKey?: Uint8Array | undefined;
  /** Throws `ARCHIVE_DAMAGED` if the bytes just read differ from those written or checked before. */
  check(): void;
}

/** Throws `ARCHIVE_DAMAGED` and the like before restoring any database of an archive that was changed. */
export async function prove(archive: Known, tools: Tools, options: ProveOptions): Promise<Proof> {
  const { work, signal, progress } = options;
  const folder = join(work, 'restored');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { source, mayBePlain, expected, fileKey } = archive;
  const room = await roomAt(work, tools.config.minFree);
  const keys = { ...keysOf(tools.config), fileKey };
  const manifest = await unpack(source, { ...keys, mayBePlain, signal, databases: folder, room, expected });
  archive.check();
  const parts = manifest.parts.filter((part) => part.kind === 'database');
  const files = new Map(parts.map((part) => [part.name, join(folder, basename(part.path))]));
  const reasons: string[] = parts.length === 0 ? ['it has no database to restore'] : [];
  const problems: string[] = [];
  for (const [index, part] of parts.entries()) {
    progress(index / parts.length);
    try {
      const file = files.get(part.name) as string;
      if (part.engine === 'sqlite') await proveSqlite(part, file, signal);
      else reasons.push(...(await proveOnServer(part, file, manifest.id, tools, options)));
    } catch (error) {
      if (!(error instanceof BackupFailure) || !OF_ONE_DATABASE.has(error.code)) throw error;
      problems.push(`${error.code}: ${error.message}`);
    }
  }
  progress(1);
  const joined = (all: string[]) => (all.length === 0 ? null : all.join('; '));
  return { manifest, files, notRestored: joined(reasons), problem: joined(problems) };
}

async function proveSqlite(part: DatabasePart, file: string, signal: AbortSignal): Promise<void> {
  const { problems, tables } = await inspectSqlite(file, { signal });
  if (problems.length > 0)
    throw new BackupFailure(
      'DATABASE_DAMAGED',
      `the database ${part.name} is damaged: integrity_check finds ${problems.length} problems or more`,
    );
  const difference = tablesDiffer(part.tables, tables);
  if (difference) throw failed(part.name, difference);
}

/** Where to restore a copy. `alone`: the login is set aside for that, so it may be used directly. */
function proofPlace(part: DatabasePart, { config, place }: Tools): { login: Login; alone: boolean } | null {
  const named = config.verify[part.name];
  const login = named === undefined ? null : readServerUrl(named);
  if (login) return login.engine === part.engine ? { login, alone: true } : null;
  const source = databasesOf(config, place).find(({ name }) => name === part.name);
  return source?.engine === part.engine && source.engine !== 'sqlite' ? { login: source.login, alone: false } : null;
}

/** Failures that say nothing about the archive: no privilege, no server, no program. */
const OF_THE_SURROUNDINGS = new Set(['SOURCE_UNREADABLE', 'MISSING_LIBRARY', 'DUMP_FAILED']);

/** Returns why it was not restored; nothing if it was, and is equal. */
async function proveOnServer(
  part: DatabasePart,
  file: string,
  id: string,
  tools: Tools,
  { work: folder, signal }: ProveOptions,
): Promise<string[]> {
  const found = proofPlace(part, tools);
  if (!found) return [`there is no server to restore the database ${part.name} on: the config does not name it`];
  const { login, alone } = found;
  const engine = engineOf(login);
  const where = { folder, signal };
  try {
    await dropLeftovers(engine, login, id, tools, where);
    const scratch = await engine.makeScratch(login, { id, part, alone }, where);
    try {
      const isLimited = scratch.user !== login.user;
      const loading = { ...where, withEvents: false, isLimited, progress: () => {} };
      await loadWithin(engine, scratch, file, { ...loading, owner: login, limits: limitsOf(part.bytes) });
      checkRestored(part, await engine.facts(scratch, where), false);
      return [];
    } finally {
      await engine.dropScratch(login, id, where);
    }
  } catch (error) {
    signal.throwIfAborted();
    return [`the database ${part.name} ${notRestored(error)}`];
  }
}

/** Why a database was not restored, if that says nothing about the archive; throws the error otherwise. */
function notRestored(error: unknown): string {
  if (error instanceof NotAllowed)
    return `was not restored: ${error.message}. Name a place for copies in the config key verify`;
  const code = codeOf(error);
  if (!(error instanceof BackupFailure)) {
    if (code === undefined) throw error;
    return `was not restored: the server refused to show the copy (error ${code})`;
  }
  if (error.cause instanceof Refused) return `needs more than itself to be restored: ${error.message}`;
  if (OF_THE_SURROUNDINGS.has(error.code)) return `was not restored: ${error.message}`;
  throw error;
}

/** Throws `VERIFICATION_FAILED` with what differs. */
export function checkRestored(part: DatabasePart, found: DatabaseFacts, withEvents: boolean): void {
  const difference = tablesDiffer(part.tables, found.tables);
  if (difference) throw failed(part.name, difference);
  const wanted = (part.objects ?? []).filter((name) => withEvents || !name.startsWith('event '));
  const lost = wanted.find((name) => !found.objects.includes(name));
  if (lost !== undefined) throw failed(part.name, `the ${lost} is missing`);
}

/** Drops the scratch databases and logins of dead runs, but only those whose backups are in our table. */
async function dropLeftovers(
  engine: ServerEngine,
  login: Login,
  own: string,
  { runs, isAlive }: Tools,
  where: Where,
): Promise<void> {
  for (const id of new Set(await engine.scratches(login, where))) {
    const row = await runs.find(id);
    const busy = row !== undefined && id !== own && row.state === 'writing' && (await isAlive(row.owner));
    if (row !== undefined && !busy) await engine.dropScratch(login, id, where);
  }
}
