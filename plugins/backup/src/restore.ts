// Restores a stored backup: everything is checked before the first byte of the target is written.
import { join, resolve } from 'node:path';
import { checkWhole } from './archive-source.ts';
import type { RestoreResult } from './data.ts';
import { BackupFailure } from './failure.ts';
import type { DatabasePart, FilesPart, Manifest } from './manifest.ts';
import { checkFolder, FilePlacer, type MayReplace } from './place-files.ts';
import { placeOnServer } from './place-server.ts';
import { checkSqliteTarget, placeSqlite } from './place-sqlite.ts';
import { type Proof, prove } from './prove.ts';
import { FOUND } from './scan.ts';
import { type Login, placeOf, readServerUrl } from './server-url.ts';
import { findBackup, sourceFor, withWork } from './stored-backup.ts';
import type { RunRow } from './tables.ts';
import { phase, type Running, type Tools } from './tools.ts';
import { unpack } from './unpack.ts';

export interface RestoreOptions {
  /** `sqlite:PATH`, `mysql://...`, `postgresql://...` or a folder. */
  to: string;
  /** Which part, where there are several. */
  part?: string | undefined;
  /** What is there may be replaced. */
  mayReplace: MayReplace;
}

type Restored = RestoreResult['restored'][number];

const isUrl = (to: string): boolean => /^[a-z]+:/i.test(to) && !/^[A-Za-z]:[\\/]/.test(to);

function onePart(manifest: Manifest, engine: DatabasePart['engine'], wanted: string | undefined): DatabasePart {
  const parts = manifest.parts.filter((part) => part.kind === 'database' && part.engine === engine) as DatabasePart[];
  const found = wanted === undefined ? parts : parts.filter(({ name }) => name === wanted);
  if (found.length === 1 && found[0]) return found[0];
  const names = parts.map(({ name }) => name).join(', ');
  if (parts.length === 0) throw new BackupFailure('WRONG_TARGET', `the backup holds no database of ${TITLES[engine]}`);
  throw new BackupFailure('WRONG_TARGET', `say which database is meant with --part: ${names}`);
}

const TITLES = { sqlite: 'SQLite', mysql: 'MySQL or MariaDB', postgres: 'PostgreSQL' };

const rowsIn = ({ tables }: DatabasePart): number => tables.reduce((sum, { rows }) => sum + rows, 0);

export interface Stage {
  row: RunRow;
  proof: Proof;
  work: string;
  tools: Tools;
  running: Running;
}

export async function restoreBackup(
  id: string,
  options: RestoreOptions,
  tools: Tools,
  running: Running,
): Promise<RestoreResult> {
  return staged(id, tools, running, async (stage) => [await restoreOne(stage, options)]);
}

/** Reads, restores and compares the archive in a folder of its own; what `place` does with it comes after. */
export async function staged(
  id: string,
  tools: Tools,
  running: Running,
  place: (stage: Stage) => Promise<Restored[]>,
): Promise<RestoreResult> {
  const begun = tools.clock.now();
  const { signal, log } = running;
  const row = await findBackup(id, tools, signal);
  const restored = await withWork(tools, running, async (work) => {
    const source = sourceFor(row, tools, phase(running, 0, 0.4, 'checking the archive'));
    const progress = phase(running, 0.4, 0.6, 'restoring into a copy');
    const proof = await prove(source, tools, { work, signal, progress, warn: (message) => log.warn(message) });
    checkWhole(source, row);
    if (proof.problem !== null) throw new BackupFailure('VERIFICATION_FAILED', proof.problem);
    return place({ row, proof, work, tools, running });
  });
  running.progress(1, 'restored');
  return { id, file: row.file, restored, durationMs: tools.clock.now() - begun };
}

async function restoreOne(stage: Stage, { to, part, mayReplace }: RestoreOptions): Promise<Restored> {
  const { proof, tools } = stage;
  const path = /^sqlite:(.+)$/.exec(to)?.[1];
  if (path !== undefined && path !== ':memory:') {
    const database = onePart(proof.manifest, 'sqlite', part);
    await checkSqliteTarget(path, tools.place, mayReplace);
    return toSqlite(stage, database, path);
  }
  const login = readServerUrl(to);
  if (login)
    return toServer(stage, onePart(proof.manifest, login.engine, part), login, { mayReplace, withEvents: true });
  if (isUrl(to))
    throw new BackupFailure(
      'WRONG_TARGET',
      '--to must be sqlite:PATH, mysql:// or postgresql:// with user:password@host:port/database, or a folder',
    );
  return toFolder(stage, to, mayReplace);
}

export async function toSqlite({ proof, row }: Stage, part: DatabasePart, path: string): Promise<Restored> {
  await placeSqlite(proof.files.get(part.name) as string, path, row.id);
  return { part: part.name, to: `sqlite:${resolve(path)}`, rows: rowsIn(part) };
}

export async function toServer(
  { row, proof, tools, work, running }: Stage,
  part: DatabasePart,
  login: Login,
  { mayReplace, withEvents }: { mayReplace: MayReplace; withEvents: boolean },
): Promise<Restored> {
  const { signal, log } = running;
  await placeOnServer(part, proof.files.get(part.name) as string, login, {
    ...{ folder: work, signal, place: tools.place, mayReplace, withEvents },
    // The recorded SHA-256 was compared before.
    isOurs: row.sha256 !== '' && row.owner !== FOUND,
    progress: phase(running, 0.6, 0.95, 'restoring'),
    warn: (message) => log.warn(`${part.name}: ${message}`),
  });
  return { part: part.name, to: placeOf(login), rows: rowsIn(part) };
}

/** The folders of the backup, each by its name below `folder`. */
export async function toFolder(
  { row, proof, tools, work, running }: Stage,
  folder: string,
  mayReplace: MayReplace,
): Promise<Restored> {
  const parts = proof.manifest.parts.filter((part): part is FilesPart => part.kind === 'files');
  if (parts.length === 0)
    throw new BackupFailure(
      'WRONG_TARGET',
      'the backup holds no folders: name a database with --to sqlite:PATH, mysql://... or postgresql://...',
    );
  await checkFolder(folder, mayReplace);
  const { signal } = running;
  const placer = new FilePlacer(folder, signal);
  const source = sourceFor(row, tools, phase(running, 0.6, 0.99, 'restoring files'));
  const databases = join(work, 'again');
  await unpack(source, {
    passphrase: tools.config.passphrase,
    signal,
    databases,
    write: (entry, content) => placer.write(entry, content),
  });
  return { part: parts.map(({ name }) => name).join(', '), to: resolve(folder), files: placer.files };
}
