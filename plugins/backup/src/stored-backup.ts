// A backup by its id, to check, restore or download it.
import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileSource, type Measured, storedSource } from './archive-source.ts';
import type { CheckResult } from './data.ts';
import { BackupFailure, writeFailure } from './failure.ts';
import { keysOf } from './keys.ts';
import { contentsOf, filesOf } from './manifest.ts';
import { isBackupId } from './names.ts';
import { type Known, prove } from './prove.ts';
import { isFound, reconcile } from './scan.ts';
import { readFacts, stateOf, trustOf } from './state.ts';
import type { RunRow } from './tables.ts';
import { phase, type Running, type Tools } from './tools.ts';
import { unpack } from './unpack.ts';
import { makeWork, removeWork, roomAt, sweep } from './work.ts';

/** The row, from the table or from the archives themselves. Throws `BACKUP_NOT_FOUND`. */
export async function findBackup(id: string, tools: Tools, signal: AbortSignal): Promise<RunRow> {
  const known = isBackupId(id) ? (await reconcile(tools, signal)).find((row) => row.id === id) : undefined;
  if (known) return known;
  throw new BackupFailure(
    'BACKUP_NOT_FOUND',
    'there is no backup with this id: list them with phraseworks-jobs backups',
  );
}

/** Runs `work` with a working folder that is removed afterwards. */
export async function withWork<T>(tools: Tools, running: Running, work: (folder: string) => Promise<T>): Promise<T> {
  await sweep(tools, running);
  const folder = await makeWork(tools.folder, randomBytes(5).toString('hex'), running.owner);
  try {
    return await work(folder);
  } finally {
    await removeWork(folder);
  }
}

export interface StoredArchive extends Known {
  source: Measured;
  bytes: number;
  sha256: string;
  /** This site made it, and its SHA-256 is still the one recorded then. False: only the archive's own manifest vouches for it. */
  recorded: boolean;
}

interface OpenOptions {
  /** A folder of this run. */
  work: string;
  signal: AbortSignal;
  /** The share of the archive that was hashed, 0 to 1. */
  progress(fraction: number): void;
}

/**
 * Compares the SHA-256 of a stored archive with the table's before anything is decrypted or unpacked. If the table has none, compares all
 * parts with the manifest first, without writing anything.
 */
export async function openArchive(row: RunRow, tools: Tools, options: OpenOptions): Promise<StoredArchive> {
  const { signal } = options;
  const { source, bytes, sha256 } = await fetched(row, tools, options);
  // Of an archive that was found here, this is the SHA-256 at its last check, which does not make it this site's own.
  const isKnown = row.sha256 !== '';
  const recorded = isKnown && !isFound(row);
  if (isKnown && row.sha256 !== sha256)
    throw new BackupFailure('ARCHIVE_DAMAGED', 'the archive was changed: its SHA-256 differs from the recorded one');
  const check = () => {
    if (source.sha256() === sha256) return;
    throw new BackupFailure('ARCHIVE_DAMAGED', 'the archive changed while it was read');
  };
  // Only an archive that this site made is known to have been unencrypted from the start.
  const mayBePlain = recorded;
  const known = { source, bytes, sha256, recorded, mayBePlain, check };
  if (isKnown) return { ...known, expected: row.facts === null ? null : readFacts(row).contains };
  const nothing = { databases: null, room: 0, expected: null };
  const manifest = await unpack(source, { ...keysOf(tools.config), mayBePlain, signal, ...nothing });
  check();
  return { ...known, expected: contentsOf(manifest.parts) };
}

/** Hashes the archive. A remote one is copied here meanwhile, so that it is downloaded only once. */
async function fetched(row: RunRow, { target, config }: Tools, { work, signal, progress }: OpenOptions) {
  const stored = storedSource(target, row, progress);
  const copy = target.isRemote ? join(work, 'archive') : null;
  if (copy !== null && row.bytes > (await roomAt(work, config.minFree)))
    throw new BackupFailure('NO_SPACE', 'the archive does not fit on the disk of the configured folder');
  const sink =
    copy === null ? new Writable({ write: (_chunk, _encoding, done) => done() }) : createWriteStream(copy, NEW);
  await pipeline(await stored.open(signal), sink, { signal }).catch((error: unknown) => {
    throw signal.aborted ? signal.reason : writeFailure(error);
  });
  const source = copy === null ? stored : await fileSource(copy, progress);
  return { source, bytes: stored.bytes(), sha256: stored.sha256() };
}

const NEW = { flags: 'wx', mode: 0o600 };

/** Failures that are the archive's own fault. */
const OF_THE_ARCHIVE = new Set(['ARCHIVE_DAMAGED', 'UNSAFE_NAME']);

export async function checkBackup(id: string, tools: Tools, running: Running): Promise<CheckResult> {
  const begun = tools.clock.now();
  const row = await findBackup(id, tools, running.signal);
  try {
    return await withWork(tools, running, (work) => proveStored(row, begun, work, tools, running));
  } catch (error) {
    if (error instanceof BackupFailure && OF_THE_ARCHIVE.has(error.code)) {
      await tools.runs.update(id, {
        state: 'failed',
        error: `${error.code}: ${error.message}`,
        verified_at: 0,
        restore_tested: 0,
      });
    }
    throw error;
  }
}

async function proveStored(
  row: RunRow,
  begun: number,
  work: string,
  tools: Tools,
  running: Running,
): Promise<CheckResult> {
  const { runs, clock } = tools;
  const { signal } = running;
  const reading = phase(running, 0, 0.5, 'reading the archive');
  const archive = await openArchive(row, tools, { work, signal, progress: reading });
  const progress = phase(running, 0.5, 1, 'restoring into a copy');
  const proof = await prove(archive, tools, { work, signal, progress });
  const { type, parts } = proof.manifest;
  const { bytes, sha256, recorded } = archive;
  const checked: RunRow = { ...row, bytes, sha256, type, ...stateOf(proof, clock.now()) };
  await runs.update(row.id, checked);
  return {
    ...trustOf(checked, clock),
    ...{ id: row.id, file: row.file, recorded, rows: checked.rows, files: filesOf(parts) },
    durationMs: clock.now() - begun,
  };
}
