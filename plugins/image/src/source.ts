// Where the picture comes from: a URL, a file that came with the job, or a path inside the configured folders.

import { constants } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import type { PluginClock, Uploads } from '@phraseworks/sdk';
import type { Guard } from './address-guard.ts';
import type { ImageConfig } from './config.ts';
import type { ImageJobData } from './data.ts';
import { download } from './download.ts';
import { ImageFailure } from './failure.ts';
import type { ReadMark } from './watermark.ts';

/** Whether `file` is below `folder`. Both are real paths. */
function isInside(folder: string, file: string): boolean {
  const way = relative(folder, file);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** The real path of `path`, which may be relative to `folder`; null if it is missing or outside. */
async function insidePath(folder: string, path: string): Promise<string | null> {
  try {
    const [realFolder, realFile] = await Promise.all([realpath(folder), realpath(resolve(folder, path))]);
    return isInside(realFolder, realFile) ? realFile : null;
  } catch {
    return null;
  }
}

/** Opens a regular file for reading; null for anything else, including a link that replaced it meanwhile. The caller closes it. */
export async function openRegular(file: string): Promise<{ handle: FileHandle; size: number } | null> {
  let handle: FileHandle | undefined;
  try {
    // Non-blocking: opening a named pipe would wait for a writer.
    handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stat = await handle.stat();
    if (stat.isFile()) return { handle, size: stat.size };
  } catch {
    // Missing, a link, or not readable.
  }
  await handle?.close();
  return null;
}

export interface SourceTools {
  config: ImageConfig;
  guard: Guard;
  clock: PluginClock;
  uploads: Pick<Uploads, 'open'>;
}

async function readFile(path: string, maxBytes: number): Promise<Buffer> {
  const file = await openRegular(path);
  if (!file) throw new ImageFailure('SOURCE_NOT_FOUND', 'the source is not a file that can be read');
  try {
    if (file.size > maxBytes) {
      throw new ImageFailure(
        'SOURCE_TOO_LARGE',
        `the source is larger than config.limits.maxBytes (${maxBytes} bytes)`,
      );
    }
    return await file.handle.readFile();
  } finally {
    await file.handle.close();
  }
}

/** The real path of a source that a job may read, or null. */
export async function originalOf(path: string | undefined, { sources }: ImageConfig): Promise<string | null> {
  if (path === undefined) return null;
  for (const folder of sources) {
    const file = await insidePath(folder, path);
    if (file) return file;
  }
  return null;
}

async function fromFolders(path: string, config: ImageConfig): Promise<Buffer> {
  const file = await originalOf(path, config);
  if (file) return readFile(file, config.limits.maxBytes);
  throw new ImageFailure(
    'SOURCE_NOT_ALLOWED',
    config.sources.length === 0
      ? 'data.source needs a readable folder: add it to config.sources'
      : 'data.source is not a file inside one of config.sources',
  );
}

async function fromUpload(file: NonNullable<ImageJobData['file']>, tools: SourceTools): Promise<Buffer> {
  const stored = await tools.uploads.open(file).catch((cause: unknown) => {
    if ((cause as { code?: unknown } | null)?.code !== 'NOT_FOUND') throw cause;
    throw new ImageFailure('SOURCE_NOT_FOUND', 'the upload of data.file no longer exists', { cause });
  });
  return readFile(stored.path, tools.config.limits.maxBytes);
}

type Progress = (received: number, total: number | null) => Promise<void>;

const fromWeb = (url: string, { guard, clock, config }: SourceTools, signal: AbortSignal, progress: Progress) =>
  download(url, { guard, clock, limits: config.limits, signal, progress });

/** Reads the picture of a watermark, which comes from the same places as sources. */
export const readMark =
  (tools: SourceTools, signal: AbortSignal): ReadMark =>
  async ({ sourceUrl, source = '' }) =>
    sourceUrl === undefined ? fromFolders(source, tools.config) : fromWeb(sourceUrl, tools, signal, async () => {});

/** Reads the source. `progress` gets the bytes received, and the total if it is known. */
export async function readSource(
  data: ImageJobData,
  tools: SourceTools,
  signal: AbortSignal,
  progress: Progress,
): Promise<Buffer> {
  if (data.sourceUrl !== undefined) return fromWeb(data.sourceUrl, tools, signal, progress);
  const bytes = data.file ? await fromUpload(data.file, tools) : await fromFolders(data.source ?? '', tools.config);
  await progress(bytes.length, bytes.length);
  return bytes;
}
