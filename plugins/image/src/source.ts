// Where the picture comes from: a URL, a file that came with the job, or a path inside the configured folders.
import type { PluginClock, Uploads } from '@phraseworks/sdk';
import type { Guard } from './address-guard.ts';
import type { ImageConfig } from './config.ts';
import type { ImageJobData } from './data.ts';
import { download } from './download.ts';
import { ImageFailure } from './failure.ts';
import { insidePath, openRegular } from './inside.ts';
import type { ReadMark } from './watermark.ts';

export interface SourceTools {
  config: ImageConfig;
  guard: Guard;
  clock: PluginClock;
  uploads: Uploads;
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

/** Reads the picture of a watermark, from where sources may be read. */
export const readMark =
  (tools: SourceTools, signal: AbortSignal): ReadMark =>
  async ({ sourceUrl, source = '' }) =>
    sourceUrl === undefined ? fromFolders(source, tools.config) : fromWeb(sourceUrl, tools, signal, async () => {});

/** The bytes of the source. `progress` gets the bytes received, and the total where it is known. */
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
