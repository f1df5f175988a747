// The proof of a backup: its databases are restored, looked through and compared with what was taken.
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Source } from './archive-reader.ts';
import type { Where } from './client-program.ts';
import { BackupFailure, codeOf } from './failure.ts';
import { type Contents, type DatabasePart, type Manifest, tablesDiffer } from './manifest.ts';
import { type DatabaseFacts, NotAllowed, Refused, type ServerEngine } from './server.ts';
import { type Login, readServerUrl } from './server-url.ts';
import { databasesOf, engineOf } from './sources.ts';
import { roomAt } from './space.ts';
import { inspectSqlite } from './sqlite.ts';
import type { Tools } from './tools.ts';
import { unpack } from './unpack.ts';

export interface ProveOptions {
  /** A folder of this run. */
  work: string;
  signal: AbortSignal;
  /** Of the proof's second half: the databases are restored. The first half comes from the source. */
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
  new BackupFailure('VERIFICATION_FAILED', `the restored database ${part} differs from the backup: ${what}`);

/** What says that a database does not restore, and nothing against the archive around it. */
const OF_ONE_DATABASE = new Set(['VERIFICATION_FAILED', 'DATABASE_DAMAGED', 'RESTORE_FAILED']);

/** An archive, and what the index knows of it. */
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
  return proveOnServer(part, file, id, tools, options);
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

/** Where a copy may be restored to. `alone`: a login that a person set aside for that may do it itself. */
function proofPlace(part: DatabasePart, { config, place }: Tools): { login: Login; alone: boolean } | null {
  const named = config.verify[part.name];
  const login = named === undefined ? null : readServerUrl(named);
  if (login) return login.engine === part.engine ? { login, alone: true } : null;
  const source = databasesOf(config, place).find(({ name }) => name === part.name);
  return source?.engine === part.engine && source.engine !== 'sqlite' ? { login: source.login, alone: false } : null;
}

/** What does not speak against the archive: no right, no server, no program. */
const OF_THE_SURROUNDINGS = new Set(['SOURCE_UNREADABLE', 'MISSING_LIBRARY', 'DUMP_FAILED']);

/** Answers why it was not restored; undefined when it was, and is equal. */
async function proveOnServer(
  part: DatabasePart,
  file: string,
  id: string,
  tools: Tools,
  { work: folder, signal }: ProveOptions,
): Promise<string | undefined> {
  const found = proofPlace(part, tools);
  if (!found) return `there is no server to restore the database ${part.name} on: the config does not name it`;
  const { login, alone } = found;
  const engine = engineOf(login);
  const where = { folder, signal };
  try {
    await dropLeftovers(engine, login, id, tools, where);
    const scratch = await engine.makeScratch(login, { id, part, alone }, where);
    try {
      const isLimited = scratch.user !== login.user;
      await engine.load(scratch, file, { ...where, withEvents: false, isLimited, progress: () => {} });
      checkRestored(part, await engine.facts(scratch, where), false);
      return undefined;
    } finally {
      await engine.dropScratch(login, id, where);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof NotAllowed)
      return `the database ${part.name} was not restored: ${error.message}. Name a place for copies in the config key verify`;
    const code = codeOf(error);
    if (!(error instanceof BackupFailure)) {
      if (code === undefined) throw error;
      return `the database ${part.name} was not restored: the server refused to show the copy (error ${code})`;
    }
    if (error.cause instanceof Refused)
      return `the database ${part.name} needs more than itself to be restored: ${error.message}`;
    if (OF_THE_SURROUNDINGS.has(error.code)) return `the database ${part.name} was not restored: ${error.message}`;
    throw error;
  }
}

/** Throws `VERIFICATION_FAILED` with what differs. */
export function checkRestored(part: DatabasePart, found: DatabaseFacts, withEvents: boolean): void {
  // The own dumps of an earlier version write values in another way.
  const difference = tablesDiffer(part.tables, found.tables, part.method === 'program');
  if (difference) throw failed(part.name, difference);
  const wanted = (part.objects ?? []).filter((name) => withEvents || !name.startsWith('event '));
  const lost = wanted.find((name) => !found.objects.includes(name));
  if (lost !== undefined) throw failed(part.name, `the ${lost} is not there`);
}

/** Scratch databases and logins of runs that died, ours alone: their backups are in the table. */
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
