// One backup from start to end: copy the sources, pack, prove, store, and only then delete older backups.
import { randomBytes } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDuration, systemCode } from '@phraseworks/sdk';
import { fileSource } from './archive-source.ts';
import { type ArchiveWriter, writeArchive } from './archive-writer.ts';
import type { BackupData, BackupResult } from './data.ts';
import { addDatabase, measureDatabase, type Taken, takeDatabase } from './database-part.ts';
import type { Where } from './engines/client-program.ts';
import { BackupFailure, writeFailure } from './failure.ts';
import { addFiles } from './files-part.ts';
import { isSealed } from './keys.ts';
import {
  contentsOf,
  FORMAT,
  filesOf,
  HEAD_ENTRY,
  type Head,
  MANIFEST_ENTRY,
  type Manifest,
  MissingList,
  type Part,
  PRODUCT,
} from './manifest.ts';
import { archiveName } from './names.ts';
import { prove } from './prove.ts';
import { expired } from './retention.ts';
import { reconcile } from './scan.ts';
import { type DatabaseSource, databasesOf, type Sources, sourcesOf } from './sources.ts';
import { stateOf, trustOf } from './state.ts';
import { NEW_ROW, type RunRow } from './tables.ts';
import { phase, type Running, type Tools } from './tools.ts';
import { measure, realRoot } from './walk.ts';
import { checkSpace, makeWork, neededBytes, removeWork, sweep } from './work.ts';

/** Rows are kept for a little over two years, in milliseconds, for reports that compare years. */
const REMEMBERED = 800 * 86_400_000;

/** Deletes older backups and returns their files. `retention` in milliseconds; 0: none expires by age. */
async function deleteExpired(newest: RunRow, retention: number, tools: Tools, running: Running): Promise<string[]> {
  const { runs, target, config, clock } = tools;
  await runs.forget(clock.now() - REMEMBERED);
  const { keep, minKeep, keepIncomplete } = config;
  const terms = { keep, minKeep, keepIncomplete, iso: clock.iso };
  const gone: string[] = [];
  try {
    const there = (await reconcile(tools, running.signal)).filter((row) => row.at > 0);
    for (const old of expired(there, { newest, retention, ...terms, now: clock.now() })) {
      await target.remove(old.file, running.signal);
      await runs.update(old.id, { removed_at: clock.now() });
      gone.push(old.file);
    }
  } catch (error) {
    running.signal.throwIfAborted();
    running.log.warn(`older backups could not be removed${systemCode(error)}: the new one is safe`);
  }
  return gone;
}

/** Limits the size of the job's receipt. */
const MOST_DELETED = 200;

/** The readable sources, each with an estimate of its bytes. */
interface Sizes {
  databases: { source: DatabaseSource; bytes: number }[];
  folders: { name: string; root: string; bytes: number }[];
  /** Real paths that are left out of folders. */
  except: Set<string>;
}

/** Failures of a single source: the others are still backed up, and the backup is incomplete. */
const OF_ONE_SOURCE = new Set(['SOURCE_UNREADABLE', 'DATABASE_DAMAGED', 'DUMP_FAILED', 'MISSING_LIBRARY']);

/** Runs `take` for each source, and records those that fail as missing. */
class SourceReader {
  #first: unknown;
  readonly missing: MissingList;

  constructor(optional: readonly string[]) {
    this.missing = new MissingList(optional);
  }

  async each<S, T>(
    sources: readonly S[],
    nameOf: (source: S) => string,
    take: (source: S) => Promise<T>,
  ): Promise<T[]> {
    const taken: T[] = [];
    for (const source of sources)
      try {
        taken.push(await take(source));
      } catch (error) {
        if (!(error instanceof BackupFailure) || !OF_ONE_SOURCE.has(error.code)) throw error;
        this.#first ??= error;
        this.missing.add(nameOf(source), '', `${error.code}: ${error.message}`);
      }
    return taken;
  }

  /** Without any part there is no archive, so the first failure fails the backup. */
  checkSome(count: number): void {
    if (count === 0) throw this.#first;
  }
}

/** Our own archives and the databases, which are never copied as files. */
async function excepted({ config, folder, place }: Tools): Promise<Set<string>> {
  const files = databasesOf(config, place).flatMap((source) => (source.engine === 'sqlite' ? [source.file] : []));
  const paths = [folder, ...files.flatMap((file) => [file, `${file}-wal`, `${file}-shm`, `${file}-journal`])];
  const real = await Promise.all(paths.map((path) => realpath(path).catch(() => path)));
  return new Set(real);
}

async function sizesOf(
  { databases, folders }: Sources,
  tools: Tools,
  reader: SourceReader,
  where: Where,
): Promise<Sizes> {
  const { signal } = where;
  const except = await excepted(tools);
  return {
    except,
    databases: await reader.each(
      databases,
      ({ name }) => name,
      async (source) => ({ source, bytes: await measureDatabase(source, where) }),
    ),
    folders: await reader.each(
      folders,
      ([name]) => name,
      async ([name, path]) => {
        const root = await realRoot(name, path);
        return { name, root, bytes: (await measure(root, { except, signal })).bytes };
      },
    ),
  };
}

const bytesOf = (all: readonly { bytes: number }[]): number => all.reduce((sum, { bytes }) => sum + bytes, 0);

async function takeAll({ databases }: Sizes, work: string, reader: SourceReader, running: Running): Promise<Taken[]> {
  let index = 0;
  return reader.each(
    databases,
    ({ source }) => source.name,
    async ({ source, bytes }) => {
      const [from, to] = [index, index + 1].map((n) => 0.02 + (0.33 * n) / databases.length) as [number, number];
      index += 1;
      const progress = phase(running, from, to, `copying the database ${source.name}`);
      const options = { folder: work, signal: running.signal, progress };
      const taken = await takeDatabase(source, bytes, options);
      for (const { what, reason } of taken.missing) reader.missing.add(source.name, what, reason);
      return taken;
    },
  );
}

interface Packing {
  archive: ArchiveWriter;
  head: Head;
  taken: Taken[];
  sizes: Sizes;
  missing: MissingList;
  work: string;
  running: Running;
}

async function pack({ archive, head, taken, sizes, missing, work, running }: Packing): Promise<Manifest> {
  const progress = phase(running, 0.35, 0.6, 'packing');
  const total = Math.max(1, bytesOf(sizes.databases) + bytesOf(sizes.folders));
  const parts: Part[] = [];
  let done = 0;
  const report = (bytes: number) => progress((done + bytes) / total);
  const add = (part: Part) => {
    parts.push(part);
    done += part.bytes;
  };
  await archive.json(HEAD_ENTRY, head);
  for (const database of taken) add(await addDatabase(archive, database, report));
  for (const { name, root } of sizes.folders)
    add(
      await addFiles(archive, {
        ...{ name, root, work, except: sizes.except, signal: running.signal, progress: report },
        missing: (path, why) => missing.add(name, path, why),
      }),
    );
  const manifest = { ...head, parts, missing: missing.list(), missingCount: missing.count };
  await archive.json(MANIFEST_ENTRY, manifest);
  return manifest;
}

interface Written {
  path: string;
  manifest: Manifest;
  bytes: number;
  sha256: string;
  fileKey: Uint8Array | undefined;
}

async function write(head: Head, sources: Sources, work: string, tools: Tools, running: Running): Promise<Written> {
  const { config } = tools;
  const reader = new SourceReader(config.optional);
  const sizes = await sizesOf(sources, tools, reader, { folder: work, signal: running.signal });
  const needed = neededBytes(bytesOf(sizes.databases), bytesOf(sizes.folders));
  await checkSpace(tools.folder, needed, config.minFree);
  const taken = await takeAll(sizes, work, reader, running);
  reader.checkSome(taken.length + sizes.folders.length);
  const path = join(work, 'archive.partial');
  const archive = await writeArchive({
    path,
    passphrase: config.passphrase,
    recipients: config.recipients,
    level: config.level,
    signal: running.signal,
  });
  try {
    const { missing } = reader;
    const manifest = await pack({ archive, head, taken, sizes, missing, work, running });
    return { path, manifest, ...(await archive.finish()) };
  } catch (error) {
    await archive.abandon();
    throw writeFailure(error);
  }
}

async function proveAndStore(
  row: RunRow,
  { path, manifest, ...written }: Written,
  work: string,
  tools: Tools,
  running: Running,
): Promise<RunRow> {
  const { runs, target, clock } = tools;
  const { signal } = running;
  const reading = phase(running, 0.6, 0.75, 'reading the archive');
  const source = await fileSource(path, reading);
  const check = () => {
    if (source.sha256() === written.sha256) return;
    throw new BackupFailure('VERIFICATION_FAILED', 'the archive changed while it was read again');
  };
  const progress = phase(running, 0.75, 0.9, 'restoring into a copy');
  const { fileKey } = written;
  const archive = { source, check, mayBePlain: false, expected: contentsOf(manifest.parts), fileKey };
  const proof = await prove(archive, tools, { work, signal, progress });
  signal.throwIfAborted();
  await target.store(path, row.file, {
    ...{ bytes: written.bytes, sha256: written.sha256, signal },
    progress: phase(running, 0.9, 0.99, 'storing'),
    begun: (upload) => runs.update(row.id, { upload }),
  });
  const stored: RunRow = {
    ...row,
    ...{ bytes: written.bytes, sha256: written.sha256, upload: '' },
    ...stateOf(proof, clock.now()),
  };
  await runs.update(row.id, stored);
  return stored;
}

/** Throws `BackupFailure`. A failure leaves no partial archive and deletes no older verified one. An incomplete backup is returned, not thrown. */
export async function runBackup(data: BackupData, tools: Tools, running: Running): Promise<BackupResult> {
  const { config, clock, runs, target } = tools;
  const begun = clock.now();
  const sources = sourcesOf(data.type, config, tools.place);
  const id = randomBytes(5).toString('hex');
  const head: Head = {
    format: FORMAT,
    product: PRODUCT,
    version: tools.version,
    id,
    type: data.type,
    createdAt: clock.iso(begun),
    at: begun,
  };
  const file = archiveName(id, head.createdAt, isSealed(config));
  const row: RunRow = {
    ...NEW_ROW,
    ...{ id, owner: running.owner, type: data.type, state: 'writing', file, target: target.name, at: begun },
  };
  await sweep(tools, running);
  const work = await makeWork(tools.folder, id, running.owner);
  try {
    await runs.insert(row);
    running.progress(0.01, 'measuring the sources');
    const written = await write(head, sources, work, tools, running);
    const stored = await proveAndStore(row, written, work, tools, running);
    const deleted = await deleteExpired(stored, parseDuration(data.retention ?? '') ?? 0, tools, running);
    running.progress(1, stored.state);
    return {
      ...trustOf(stored, clock),
      ...{ id, file, bytes: stored.bytes, rows: stored.rows, files: filesOf(written.manifest.parts) },
      ...{ sha256: stored.sha256, target: target.name, deleted: deleted.slice(0, MOST_DELETED) },
      durationMs: clock.now() - begun,
    };
  } catch (error) {
    const why =
      error instanceof BackupFailure ? `${error.code}: ${error.message}` : 'it was stopped or failed: see its job';
    await runs.update(id, { state: 'failed', error: why, upload: '' }).catch(() => {});
    throw error;
  } finally {
    await removeWork(work);
  }
}
