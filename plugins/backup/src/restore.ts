// Restores a stored backup: everything is checked before the first byte of the target is written.

import { randomBytes } from 'node:crypto';
import { rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Entry } from './archive-reader.ts';
import type { RestoreResult } from './data.ts';
import type { Where } from './engines/client-program.ts';
import { type Limited, NotAllowed, type Target } from './engines/engine.ts';
import { limitsOf, loadWithin } from './engines/load-within.ts';
import { type Login, placeOf, readServerUrl } from './engines/server-url.ts';
import { checkSqliteTarget, placeSqlite } from './engines/sqlite/place.ts';
import { BackupFailure } from './failure.ts';
import { keysOf } from './keys.ts';
import { type DatabasePart, type FilesPart, type Manifest, rowsIn } from './manifest.ts';
import { checkFolders, FilePlacer, type MayReplace, swapFolders } from './place-files.ts';
import { checkRestored, type Proof, prove } from './prove.ts';
import { engineOf } from './sources.ts';
import { findBackup, openArchive, type StoredArchive, withWork } from './stored-backup.ts';
import type { RunRow } from './tables.ts';
import { phase, type Running, type Tools } from './tools.ts';
import { unpack } from './unpack.ts';
import { roomAt } from './work.ts';

interface Placing extends Where, Omit<Target, 'part'> {
  /** This site made the archive, byte for byte. */
  isOurs: boolean;
  withEvents: boolean;
  progress(fraction: number): void;
  warn(message: string): void;
}

const notTrusted = (why: string): string =>
  `no login that is limited to the target can be created, and ${why}: its dump could do anything that the login in the URL may do. Use a login that may create logins, or unpack the archive, check the dump and restore it by hand`;

/** Null: the dump runs with the URL's own login, because this site made it. */
async function limitedLogin(login: Login, placing: Placing): Promise<Limited | null> {
  try {
    return await engineOf(login).limit(login, randomBytes(5).toString('hex'), placing);
  } catch (error) {
    if (!(error instanceof NotAllowed)) throw error;
    if (placing.isOurs && !error.isPowerful) return null;
    const why = placing.isOurs
      ? `the login in the URL reaches more than this database (${error.message})`
      : 'this site has no record of making the archive';
    throw new BackupFailure('NOT_TRUSTED', notTrusted(why), error);
  }
}

/** Into a new or an empty database. */
async function placeOnServer(part: DatabasePart, file: string, login: Login, placing: Placing): Promise<void> {
  const { folder, signal, withEvents, progress, warn } = placing;
  const engine = engineOf(login);
  await engine.prepareTarget(login, { part, ...placing }, placing);
  const limited = await limitedLogin(login, placing);
  try {
    const as = limited?.login ?? login;
    const report = (bytes: number) => progress(part.bytes === 0 ? 1 : bytes / part.bytes);
    const isLimited = limited !== null;
    const loading = { folder, signal, withEvents, isLimited, progress: report };
    await loadWithin(engine, as, file, { ...loading, owner: login, limits: limitsOf(part.bytes) });
    checkRestored(part, await engine.facts(as, placing), withEvents);
    const note = await limited?.settle();
    if (note) warn(note);
  } catch (error) {
    await limited?.remove();
    if (!(error instanceof BackupFailure)) throw error;
    const message = `${error.message}. The target is incomplete: drop it, and restore into a new one`;
    throw new BackupFailure(error.code, message, error);
  }
}

export interface RestoreOptions {
  /** `sqlite:PATH`, `mysql://...`, `postgresql://...` or a folder. */
  to: string;
  /** Which part, if there are several. */
  part?: string | undefined;
  /** Asked before existing data is replaced, which is then kept beside it. */
  mayReplace: MayReplace;
}

type Restored = RestoreResult['restored'][number];

const isUrl = (to: string): boolean => /^[a-z]+:/i.test(to) && !/^[A-Za-z]:[\\/]/.test(to);

function onePart(manifest: Manifest, engine: DatabasePart['engine'], wanted: string | undefined): DatabasePart {
  const parts = manifest.parts.filter((part) => part.kind === 'database' && part.engine === engine) as DatabasePart[];
  const found = wanted === undefined ? parts : parts.filter(({ name }) => name === wanted);
  if (found.length === 1 && found[0]) return found[0];
  const names = parts.map(({ name }) => name).join(', ');
  if (parts.length === 0) throw new BackupFailure('WRONG_TARGET', `the backup has no database of ${TITLES[engine]}`);
  throw new BackupFailure('WRONG_TARGET', `name one of its databases with --part: ${names}`);
}

const TITLES = { sqlite: 'SQLite', mysql: 'MySQL or MariaDB', postgres: 'PostgreSQL' };

export interface Stage {
  row: RunRow;
  archive: StoredArchive;
  proof: Proof;
  work: string;
  tools: Tools;
  running: Running;
  /** Of the progress. */
  share: readonly [from: number, to: number];
}

export async function restoreBackup(
  id: string,
  options: RestoreOptions,
  tools: Tools,
  running: Running,
): Promise<RestoreResult> {
  return staged(id, tools, running, async (stage) => [await restoreOne(stage, options)]);
}

/** Checks the archive and restores it in a working folder, then calls `place`. */
export async function staged(
  id: string,
  tools: Tools,
  running: Running,
  place: (stage: Stage) => Promise<Restored[]>,
): Promise<RestoreResult> {
  const begun = tools.clock.now();
  const { signal } = running;
  const row = await findBackup(id, tools, signal);
  let recorded = false;
  const restored = await withWork(tools, running, async (work) => {
    const reading = phase(running, 0, 0.4, 'checking the archive');
    const archive = await openArchive(row, tools, { work, signal, progress: reading });
    recorded = archive.recorded;
    const progress = phase(running, 0.4, 0.6, 'restoring into a copy');
    const proof = await prove(archive, tools, { work, signal, progress });
    if (proof.problem !== null) throw new BackupFailure('VERIFICATION_FAILED', proof.problem);
    return place({ row, archive, proof, work, tools, running, share: [0.6, 0.99] });
  });
  running.progress(1, 'restored');
  return { id, file: row.file, recorded, restored, durationMs: tools.clock.now() - begun };
}

async function restoreOne(stage: Stage, { to, part, mayReplace }: RestoreOptions): Promise<Restored> {
  const { proof, tools } = stage;
  const path = /^sqlite:(.+)$/.exec(to)?.[1];
  if (path !== undefined && path !== ':memory:') {
    const database = onePart(proof.manifest, 'sqlite', part);
    const asked = { mayReplace, signal: stage.running.signal };
    return toSqlite(stage, database, path, await checkSqliteTarget(path, tools.place, tools.clock.iso(), asked));
  }
  const login = readServerUrl(to);
  if (login) return toServer(stage, onePart(proof.manifest, login.engine, part), login, true);
  if (isUrl(to))
    throw new BackupFailure(
      'WRONG_TARGET',
      '--to must be sqlite:PATH, mysql:// or postgresql:// with user:password@host:port/database, or a folder',
    );
  return toFolder(stage, to, mayReplace);
}

export async function toSqlite(
  { proof, row }: Stage,
  part: DatabasePart,
  path: string,
  kept: string | null = null,
): Promise<Restored> {
  await placeSqlite(proof.files.get(part.name) as string, path, row.id, kept);
  const to = `sqlite:${resolve(path)}`;
  return { part: part.name, to, rows: rowsIn(part.tables), ...(kept === null ? {} : { kept: [kept] }) };
}

export async function toServer(
  { archive, proof, tools, work, running, share }: Stage,
  part: DatabasePart,
  login: Login,
  withEvents: boolean,
): Promise<Restored> {
  const { signal, log } = running;
  await placeOnServer(part, proof.files.get(part.name) as string, login, {
    ...{ folder: work, signal, place: tools.place, withEvents },
    isOurs: archive.recorded,
    progress: phase(running, ...share, 'restoring'),
    warn: (message) => log.warn(`${part.name}: ${message}`),
  });
  return { part: part.name, to: placeOf(login), rows: rowsIn(part.tables) };
}

/** The folders of the backup, each by its name below `folder`. */
export async function toFolder(
  { row, archive, proof, tools, running, share }: Stage,
  folder: string,
  mayReplace: MayReplace,
): Promise<Restored> {
  const parts = proof.manifest.parts.filter((part): part is FilesPart => part.kind === 'files');
  if (parts.length === 0)
    throw new BackupFailure(
      'WRONG_TARGET',
      'the backup has no folders: name a database with --to sqlite:PATH, mysql://... or postgresql://...',
    );
  const { signal } = running;
  const names = parts.map(({ name }) => name);
  const swaps = await checkFolders(folder, names, tools.clock.iso(), { mayReplace, signal });
  // On the same disk, so that the folders are put in place by renames.
  const half = join(resolve(folder), `.restore-${row.id}.partial`);
  await rm(half, { recursive: true, force: true });
  try {
    const placer = new FilePlacer(half, signal);
    const { source, mayBePlain, expected, check } = archive;
    const room = await roomAt(await nearest(folder), tools.config.minFree);
    const progress = phase(running, ...share, 'restoring files');
    const total = Math.max(
      1,
      parts.reduce((sum, { bytes }) => sum + bytes, 0),
    );
    let done = 0;
    const write = async (entry: Entry, content: AsyncIterable<Buffer>) => {
      await placer.write(entry, content);
      done += entry.size;
      progress(done / total);
    };
    const keys = keysOf(tools.config);
    await unpack(source, { ...keys, mayBePlain, signal, databases: null, room, expected, write });
    check();
    await swapFolders(half, swaps);
    const kept = swaps.flatMap((swap) => swap.kept ?? []);
    const restored = { part: names.join(', '), to: resolve(folder), files: placer.files };
    return kept.length === 0 ? restored : { ...restored, kept };
  } finally {
    await rm(half, { recursive: true, force: true });
  }
}

/** The folder, or its nearest existing parent. */
async function nearest(folder: string): Promise<string> {
  const path = resolve(folder);
  const there = await stat(path).catch(() => null);
  return there || dirname(path) === path ? path : nearest(dirname(path));
}
