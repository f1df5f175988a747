// Table and archives brought together: the archives are the truth, so that nothing is lost with the table.

import { storedSource } from './archive-source.ts';
import { BackupFailure } from './failure.ts';
import { readArchiveName } from './names.ts';
import { isStored } from './state.ts';
import type { RunRow } from './tables.ts';
import type { Stored } from './target.ts';
import type { Tools } from './tools.ts';
import { headOf } from './unpack.ts';

/** In the place of an owner: no run of this table made it. */
export const FOUND = 'found';

/** Of a file with a name of its own, as long as its head cannot be read. */
const NO_ID = '0000000000';

export const isFound = ({ owner }: Pick<RunRow, 'owner'>): boolean => owner === FOUND;

/** An archive that no row knows: its own head says what it is. `at` is 0 when it cannot be read; then nothing ever removes it. */
async function found({ file, bytes }: Stored, tools: Tools, signal: AbortSignal): Promise<RunRow> {
  const { target, config } = tools;
  const named = readArchiveName(file)?.id;
  const row: RunRow = {
    ...{
      id: named ?? NO_ID,
      owner: FOUND,
      type: 'full',
      state: 'unverified',
      file,
      target: target.name,
    },
    ...{
      bytes,
      rows: 0,
      sha256: '',
      error: 'found beside the table: not verified here',
      upload: '',
      at: 0,
      verified_at: 0,
      removed_at: 0,
      restore_tested: 0,
      facts: null,
    },
  };
  try {
    const head = await headOf(
      storedSource(target, { file, bytes }, () => {}),
      config.passphrase,
      signal,
    );
    if (named !== undefined && head.id !== named) return { ...row, error: 'its name and its head do not agree' };
    return { ...row, id: head.id, type: head.type, at: head.at };
  } catch (error) {
    if (!(error instanceof BackupFailure)) throw error;
    return { ...row, error: `${error.code}: ${error.message}` };
  }
}

/**
 * What there is at the target of today, newest first: rows of archives that are gone say so, archives without a row get one.
 * One that cannot be read is listed, too, with `at` 0.
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
    // A restored database says of its own backup that it is being written.
    if (row?.state === 'writing' && (await tools.isAlive(row.owner))) continue;
    // A row without a checksum is of a run that died just when its archive was in place.
    if (row && (row.sha256 !== '' || isFound(row))) {
      // A folder that was moved, a bucket that was filled from it, an archive that was put back: it is where it is.
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

/** Somebody else may have found it at the same moment, and a copy under another name has the id of its original. */
async function keep(adopted: RunRow, row: RunRow | undefined, { runs }: Tools): Promise<void> {
  if (row) return runs.update(row.id, adopted);
  if (await runs.find(adopted.id)) return;
  try {
    await runs.insert(adopted);
  } catch (error) {
    if (!(await runs.find(adopted.id))) throw error;
  }
}
