// A finished picture onto the disk: a temporary file, the claim of its path, a rename. Never half a file, never somebody else's.
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, mkdir, open, readdir, realpath, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { foldersBelow, placeFor } from './output-path.ts';
import type { OutputRow, Outputs } from './outputs.ts';

const TEMPORARY = '.parts';

/** What stands in the table, but for the path. */
export type Facts = Omit<OutputRow, 'path'>;

export interface SaveOptions {
  root: string;
  outputPath: string;
  overwrite: boolean;
  outputs: Pick<Outputs, 'claim'>;
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

/** Writes `bytes` to `outputPath`. Throws `ImageFailure`: `INVALID_OUTPUT_PATH`, `OUTSIDE_ROOT`, `OUTPUT_EXISTS`. */
export async function save(bytes: Uint8Array, facts: Facts, options: SaveOptions): Promise<void> {
  const place = await placeFor(options.root, options.outputPath);
  const temporary = join(await temporaryFolder(options.root, facts.job_id), `${facts.job_id}.${randomUUID()}`);
  try {
    await writeWhole(temporary, bytes);
    options.signal.throwIfAborted();
    const terms = { overwrite: options.overwrite, exists: await exists(place.file) };
    await options.outputs.claim({ ...facts, path: place.key }, terms);
    await rename(temporary, place.file);
    await sync(place.folder);
  } finally {
    await rm(temporary, { force: true });
  }
}
