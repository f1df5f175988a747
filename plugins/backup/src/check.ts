// Proves a stored backup again: read to its end, restored into a copy, compared.
import { checkWhole } from './archive-source.ts';
import type { CheckResult } from './data.ts';
import { BackupFailure } from './failure.ts';
import { filesOf, rowsOf } from './manifest.ts';
import { prove } from './prove.ts';
import { findBackup, sourceFor, withWork } from './stored-backup.ts';
import type { RunRow } from './tables.ts';
import { phase, type Running, type Tools } from './tools.ts';

/** What says that the archive itself is bad, and not its surroundings. */
const OF_THE_ARCHIVE = new Set(['ARCHIVE_DAMAGED', 'VERIFICATION_FAILED', 'UNSAFE_NAME', 'DATABASE_DAMAGED']);

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
  const source = sourceFor(row, tools, phase(running, 0, 0.5, 'reading the archive'));
  const progress = phase(running, 0.5, 1, 'restoring into a copy');
  const { manifest, reason } = await prove(source, tools, {
    work,
    signal,
    progress,
    warn: (message) => log.warn(message),
  });
  const sha256 = checkWhole(source, row);
  const rows = rowsOf(manifest.parts);
  const verified = reason === undefined;
  const change = { bytes: source.bytes(), rows, sha256, error: reason ?? '', type: manifest.type };
  await runs.update(row.id, {
    ...change,
    state: verified ? 'verified' : 'unverified',
    verified_at: verified ? clock.now() : 0,
  });
  const result = {
    id: row.id,
    file: row.file,
    verified,
    rows,
    files: filesOf(manifest.parts),
    durationMs: clock.now() - begun,
  };
  return reason === undefined ? result : { ...result, reason };
}
