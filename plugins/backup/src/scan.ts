// Reconciles the table with the stored archives. The archives are the truth, so losing the table loses no backup.

import { storedSource } from './archive-source.ts';
import { BackupFailure } from './failure.ts';
import { keysOf } from './keys.ts';
import { readArchiveName } from './names.ts';
import { isStored } from './state.ts';
import { NEW_ROW, type RunRow } from './tables.ts';
import type { Stored } from './target.ts';
import type { Tools } from './tools.ts';
import { headOf } from './unpack.ts';

/** The owner of archives that were found, not made by a run of this table. */
const FOUND = 'found';

/** The id of an archive with an unknown name whose head cannot be read. */
const NO_ID = '0000000000';

export const isFound = ({ owner }: Pick<RunRow, 'owner'>): boolean => owner === FOUND;

/** The row of an archive without one, from its head. `at` is 0 if the head cannot be read; nothing ever deletes such an archive. */
async function found({ file, bytes }: Stored, tools: Tools, signal: AbortSignal): Promise<RunRow> {
  const { target, config } = tools;
  const named = readArchiveName(file)?.id;
  const row: RunRow = {
    ...NEW_ROW,
    ...{ id: named ?? NO_ID, owner: FOUND, type: 'full', state: 'unverified', file, target: target.name, bytes },
    error: 'found in the target but not in the table: not verified here',
  };
  try {
    const head = await headOf(
      storedSource(target, { file, bytes }, () => {}),
      keysOf(config),
      signal,
    );
    if (named !== undefined && head.id !== named) return { ...row, error: 'its name does not match its header' };
    return { ...row, id: head.id, type: head.type, at: head.at };
  } catch (error) {
    if (!(error instanceof BackupFailure)) throw error;
    return { ...row, error: `${error.code}: ${error.message}` };
  }
}

/**
 * The archives at the current target, newest first. Marks rows whose archive is gone, and adds rows for archives without one.
 * An unreadable archive is listed with `at` 0.
 */
export async function reconcile(tools: Tools, signal: AbortSignal): Promise<RunRow[]> {
  const { runs, target, clock } = tools;
  const rows = new Map((await runs.all()).map((row) => [row.file, row]));
  const stored = await target.list(signal);
  const files = new Set(stored.map(({ file }) => file));
  for (const row of rows.values()) {
    const lost = isStored(row) && row.removed_at === 0 && row.target === target.name && !files.has(row.file);
    if (lost) await runs.update(row.id, { removed_at: clock.now() });
  }
  const all: RunRow[] = [];
  for (const archive of stored) {
    const row = rows.get(archive.file);
    // In a restored database the row of its own backup still says `writing`.
    if (row?.state === 'writing' && (await tools.isAlive(row.owner))) continue;
    // A row without a checksum belongs to a run that died just after storing its archive.
    if (row && (row.sha256 !== '' || isFound(row))) {
      // The archive may have been moved with its folder, copied to a bucket, or put back: record where it is now.
      const back = { target: target.name, removed_at: 0 };
      if (row.target !== target.name || row.removed_at > 0) await runs.update(row.id, back);
      all.push({ ...row, ...back });
      continue;
    }
    const adopted = await found(archive, tools, signal);
    if (adopted.at > 0) await keep(adopted, row, tools);
    all.push(adopted);
  }
  return all.sort((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1));
}

/** Another process may have found it at the same time, and a renamed copy has the id of its original. */
async function keep(adopted: RunRow, row: RunRow | undefined, { runs }: Tools): Promise<void> {
  if (row) return runs.update(row.id, adopted);
  if (await runs.find(adopted.id)) return;
  try {
    await runs.insert(adopted);
  } catch (error) {
    if (!(await runs.find(adopted.id))) throw error;
  }
}
