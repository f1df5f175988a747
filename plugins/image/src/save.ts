// Finished pictures onto the disk: temporary files, the claim of their paths, renames. Never half a file, never somebody else's.
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, mkdir, open, readdir, realpath, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Place } from './output-path.ts';
import { foldersBelow, placeFor } from './output-path.ts';
import type { Outputs } from './outputs.ts';
import type { OutputRow } from './tables.ts';

const TEMPORARY = '.parts';

/** A file that is ready, and its row in the table. */
export interface ReadyFile {
  outputPath: string;
  bytes: Uint8Array;
  facts: Omit<OutputRow, 'path'>;
}

export interface SaveOptions {
  root: string;
  overwrite: boolean;
  /** The real path of a source that may be replaced. */
  original: string | null;
  outputs: Pick<Outputs, 'claim' | 'release'>;
  signal: AbortSignal;
}

/** Is there anything at the path, a link included? */
export const exists = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return false;
      throw error;
    },
  );

/** Waits until what was written to the file or folder is on the disk. */
async function sync(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY);
  await handle.sync().finally(() => handle.close());
}

/** The folder of temporary files. What an earlier attempt of this job left there, when it was killed, is removed. */
async function temporaryFolder(root: string, jobId: string): Promise<string> {
  await mkdir(root, { recursive: true });
  const folder = await foldersBelow(await realpath(root), [TEMPORARY]);
  const left = (await readdir(folder)).filter((name) => name.startsWith(`${jobId}.`));
  await Promise.all(left.map((name) => rm(join(folder, name), { force: true })));
  return folder;
}

async function writeWhole(file: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(
    file,
    constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
    0o644,
  );
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

interface Part {
  place: Place;
  temporary: string;
  row: OutputRow;
}

type Claimed = [row: OutputRow, held: OutputRow | undefined];

async function giveBack(claimed: readonly Claimed[], { outputs }: SaveOptions): Promise<void> {
  for (const [row, held] of claimed) await outputs.release(row, held);
}

/** Claims the paths of all files or of none: when one is refused, it releases those before it. */
async function claimAll(parts: readonly Part[], options: SaveOptions): Promise<Claimed[]> {
  const { outputs, overwrite, original } = options;
  const claimed: Claimed[] = [];
  try {
    for (const { place, row } of parts) {
      const own = place.file === original;
      const terms = { overwrite: overwrite || own, exists: !own && (await exists(place.file)) };
      claimed.push([row, await outputs.claim(row, terms)]);
    }
    return claimed;
  } catch (error) {
    await giveBack(claimed, options);
    throw error;
  }
}

/** Puts each file into its claimed place. When one cannot be, those that are there stay, and the rest of the claims go. */
async function placeAll(parts: readonly Part[], claimed: readonly Claimed[], options: SaveOptions): Promise<void> {
  for (const [index, { place, temporary }] of parts.entries()) {
    try {
      await rename(temporary, place.file);
    } catch (error) {
      await giveBack(claimed.slice(index), options);
      throw error;
    }
  }
}

/** Writes all files or, when one is refused, none. Throws `ImageFailure`: `INVALID_OUTPUT_PATH`, `OUTSIDE_ROOT`, `OUTPUT_EXISTS`. */
export async function saveAll(files: readonly ReadyFile[], jobId: string, options: SaveOptions): Promise<void> {
  const folder = await temporaryFolder(options.root, jobId);
  const parts: Part[] = [];
  try {
    for (const { outputPath, bytes, facts } of files) {
      options.signal.throwIfAborted();
      const place = await placeFor(options.root, outputPath);
      const temporary = join(folder, `${jobId}.${randomUUID()}`);
      parts.push({ place, temporary, row: { ...facts, path: place.key } });
      await writeWhole(temporary, bytes);
    }
    options.signal.throwIfAborted();
    await placeAll(parts, await claimAll(parts, options), options);
    for (const place of new Set(parts.map((part) => part.place.folder))) await sync(place);
  } finally {
    await Promise.all(parts.map(({ temporary }) => rm(temporary, { force: true })));
  }
}
