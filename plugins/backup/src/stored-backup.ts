// A backup by its id, for whoever wants to check, restore or download it.
import { randomBytes } from 'node:crypto';
import { storedSource } from './archive-source.ts';
import { BackupFailure } from './failure.ts';
import { isBackupId } from './names.ts';
import { reconcile } from './scan.ts';
import type { RunRow } from './tables.ts';
import type { Running, Tools } from './tools.ts';
import { makeWork, removeWork, sweep } from './work.ts';

/** The row, from the table or from the archives themselves. Throws `BACKUP_NOT_FOUND`. */
export async function findBackup(id: string, tools: Tools, signal: AbortSignal): Promise<RunRow> {
  const known = isBackupId(id) ? (await reconcile(tools, signal)).find((row) => row.id === id) : undefined;
  if (known) return known;
  throw new BackupFailure(
    'BACKUP_NOT_FOUND',
    'there is no backup with this id: list them with phraseworks-jobs backups',
  );
}

/** Runs `work` with a folder of its own that is gone afterwards. */
export async function withWork<T>(tools: Tools, running: Running, work: (folder: string) => Promise<T>): Promise<T> {
  await sweep(tools, running);
  const folder = await makeWork(tools.config.folder, randomBytes(5).toString('hex'), running.owner);
  try {
    return await work(folder);
  } finally {
    await removeWork(folder);
  }
}

export const sourceFor = (row: RunRow, tools: Tools, told: (fraction: number) => void) =>
  storedSource(tools.target, row, told);
