// One backup from beginning to end: take, pack, prove, store, and only then let older ones go.
import { randomBytes } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseDuration } from '@phraseworks/sdk';
import { fileSource } from './archive-source.ts';
import { type ArchiveWriter, writeArchive } from './archive-writer.ts';
import type { BackupData, BackupResult } from './data.ts';
import { addDatabase, measureDatabase, type Taken, takeDatabase } from './database-part.ts';
import { BackupFailure, writeFailure } from './failure.ts';
import { addFiles } from './files-part.ts';
import { letGo } from './let-go.ts';
import { FORMAT, filesOf, HEAD_ENTRY, type Head, MANIFEST_ENTRY, type Part, PRODUCT, rowsOf } from './manifest.ts';
import { archiveName } from './names.ts';
import { prove } from './prove.ts';
import { databasesOf, type Sources, sourcesOf } from './sources.ts';
import { checkSpace, neededBytes } from './space.ts';
import type { RunRow } from './tables.ts';
import { phase, type Running, type Tools } from './tools.ts';
import { measure, realRoot } from './walk.ts';
import { makeWork, removeWork, sweep } from './work.ts';

const NAMED = 20;
/** What a job's receipt can hold in any case. */
const MOST_DELETED = 200;

interface Sizes {
  databases: number[];
  folders: { name: string; root: string; bytes: number }[];
  /** Real paths that are left out of folders. */
  except: Set<string>;
}

/** Our own archives, and databases: those are never copied as files. */
async function excepted({ config, place }: Tools): Promise<Set<string>> {
  const files = databasesOf(config, place).flatMap((source) => (source.engine === 'sqlite' ? [source.file] : []));
  const paths = [
    resolve(config.folder),
    ...files.flatMap((file) => [file, `${file}-wal`, `${file}-shm`, `${file}-journal`]),
  ];
  const real = await Promise.all(paths.map((path) => realpath(path).catch(() => path)));
  return new Set(real);
}

async function sizesOf({ databases, folders }: Sources, tools: Tools, signal: AbortSignal): Promise<Sizes> {
  const except = await excepted(tools);
  const sizes: Sizes = { databases: [], folders: [], except };
  for (const source of databases) sizes.databases.push(await measureDatabase(source, signal));
  for (const [name, path] of folders) {
    const root = await realRoot(name, path);
    sizes.folders.push({ name, root, bytes: (await measure(root, { except, signal })).bytes });
  }
  return sizes;
}

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);

async function takeAll(
  { databases }: Sources,
  sizes: Sizes,
  work: string,
  tools: Tools,
  running: Running,
): Promise<Taken[]> {
  const taken: Taken[] = [];
  for (const [index, source] of databases.entries()) {
    const [from, to] = [index, index + 1].map((n) => 0.02 + (0.33 * n) / databases.length) as [number, number];
    const progress = phase(running, from, to, `copying the database ${source.name}`);
    const warn = (message: string) => running.log.warn(message);
    const options = { config: tools.config, work, signal: running.signal, progress, warn };
    taken.push(await takeDatabase(source, sizes.databases[index] ?? 0, options));
  }
  return taken;
}

async function pack(
  archive: ArchiveWriter,
  head: Head,
  taken: Taken[],
  sizes: Sizes,
  running: Running,
): Promise<Part[]> {
  const progress = phase(running, 0.35, 0.6, 'packing');
  const total = Math.max(1, sum(sizes.databases) + sum(sizes.folders.map(({ bytes }) => bytes)));
  const parts: Part[] = [];
  let done = 0;
  const told = (bytes: number) => progress((done + bytes) / total);
  const add = (part: Part) => {
    parts.push(part);
    done += part.bytes;
  };
  await archive.json(HEAD_ENTRY, head);
  for (const database of taken) add(await addDatabase(archive, database, told));
  for (const { name, root } of sizes.folders)
    add(await addFiles(archive, { name, root, except: sizes.except, signal: running.signal, progress: told }));
  await archive.json(MANIFEST_ENTRY, { ...head, parts });
  return parts;
}

interface Written {
  path: string;
  parts: Part[];
  bytes: number;
  sha256: string;
}

async function write(head: Head, sources: Sources, work: string, tools: Tools, running: Running): Promise<Written> {
  const { config } = tools;
  const sizes = await sizesOf(sources, tools, running.signal);
  await checkSpace(
    config.folder,
    neededBytes(sum(sizes.databases), sum(sizes.folders.map(({ bytes }) => bytes))),
    config.minFree,
  );
  const taken = await takeAll(sources, sizes, work, tools, running);
  const path = join(work, 'archive.partial');
  const archive = await writeArchive({
    path,
    passphrase: config.passphrase,
    level: config.level,
    signal: running.signal,
  });
  try {
    const parts = await pack(archive, head, taken, sizes, running);
    return { path, parts, ...(await archive.finish()) };
  } catch (error) {
    await archive.abandon();
    throw writeFailure(error);
  }
}

async function proveAndStore(
  row: RunRow,
  { path, ...written }: Written,
  work: string,
  tools: Tools,
  running: Running,
): Promise<RunRow> {
  const { runs, target, clock } = tools;
  const { signal, log } = running;
  const reading = phase(running, 0.6, 0.75, 'reading the archive');
  const source = await fileSource(path, tools.config.passphrase !== undefined, reading);
  const progress = phase(running, 0.75, 0.9, 'restoring into a copy');
  const { reason } = await prove(source, tools, { work, signal, progress, warn: (message) => log.warn(message) });
  if (source.sha256() !== written.sha256)
    throw new BackupFailure('VERIFICATION_FAILED', 'the archive changed while it was read again');
  signal.throwIfAborted();
  await target.store(path, row.file, {
    ...written,
    signal,
    progress: phase(running, 0.9, 0.99, 'storing'),
    begun: (upload) => runs.update(row.id, { upload }),
  });
  const state = reason === undefined ? 'verified' : 'unverified';
  const verified_at = reason === undefined ? clock.now() : 0;
  const change = { bytes: written.bytes, rows: rowsOf(written.parts), sha256: written.sha256 };
  const stored: RunRow = { ...row, ...change, state, error: reason ?? '', upload: '', verified_at };
  await runs.update(row.id, stored);
  return stored;
}

/** Throws `BackupFailure`; whatever happens, no half archive is left, and no older one is gone. */
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
  const file = archiveName(id, head.createdAt, config.passphrase !== undefined);
  const row: RunRow = {
    ...{ id, owner: running.owner, type: data.type, state: 'writing', file, target: target.name },
    ...{ bytes: 0, rows: 0, sha256: '', error: '', upload: '', at: begun, verified_at: 0, removed_at: 0 },
  };
  await sweep(tools, running);
  const work = await makeWork(config.folder, id, running.owner);
  try {
    await runs.insert(row);
    running.progress(0.01, 'looking at what there is');
    const written = await write(head, sources, work, tools, running);
    const stored = await proveAndStore(row, written, work, tools, running);
    const deleted = await letGo(stored, parseDuration(data.retention ?? '') ?? 0, tools, running);
    running.progress(1, stored.state);
    const leftOut = written.parts
      .flatMap((part) => part.leftOut.map((what) => `${part.name}: ${what}`))
      .slice(0, NAMED);
    return {
      ...{ id, file, bytes: stored.bytes, rows: stored.rows, files: filesOf(written.parts), sha256: stored.sha256 },
      ...{
        verified: stored.state === 'verified',
        target: target.name,
        deleted: deleted.slice(0, MOST_DELETED),
        leftOut,
        durationMs: clock.now() - begun,
      },
      ...(stored.error === '' ? {} : { reason: stored.error }),
    };
  } catch (error) {
    const why =
      error instanceof BackupFailure
        ? `${error.code}: ${error.message}`
        : 'it was stopped, or failed in a way of its own: see its job';
    await runs.update(id, { state: 'failed', error: why, upload: '' }).catch(() => {});
    throw error;
  } finally {
    await removeWork(work);
  }
}
