// Proves a stored backup again: read to its end, restored into a copy, compared.
import type { CheckResult } from './data.ts';
import { BackupFailure } from './failure.ts';
import { filesOf } from './manifest.ts';
import { prove } from './prove.ts';
import { stateOf, trustOf } from './state.ts';
import { findBackup, openArchive, withWork } from './stored-backup.ts';
import type { RunRow } from './tables.ts';
import { phase, type Running, type Tools } from './tools.ts';

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
  const { signal, log } = running;
  const reading = phase(running, 0, 0.5, 'reading the archive');
  const archive = await openArchive(row, tools, { work, signal, progress: reading });
  const progress = phase(running, 0.5, 1, 'restoring into a copy');
  const warn = (message: string) => log.warn(message);
  const proof = await prove(archive, tools, { work, signal, progress, warn });
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
