// Where the picture comes from: a URL, a file that came with the job, or a path inside the configured folders.
import type { PluginClock, Uploads } from '@phraseworks/sdk';
import type { Guard } from './address-guard.ts';
import type { ImageConfig } from './config.ts';
import type { ImageJobData } from './data.ts';
import { download } from './download.ts';
import { ImageFailure } from './failure.ts';
import { insidePath, openRegular } from './inside.ts';

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

async function fromFolders(path: string, { sources, limits }: ImageConfig): Promise<Buffer> {
  for (const folder of sources) {
    const file = await insidePath(folder, path);
    if (file) return readFile(file, limits.maxBytes);
  }
  throw new ImageFailure(
    'SOURCE_NOT_ALLOWED',
    sources.length === 0
      ? 'data.source needs a folder that may be read: name it in config.sources'
      : 'data.source is not a file inside one of config.sources',
  );
}

async function fromUpload(file: NonNullable<ImageJobData['file']>, tools: SourceTools): Promise<Buffer> {
  const stored = await tools.uploads.open(file).catch((cause: unknown) => {
    if ((cause as { code?: unknown } | null)?.code !== 'NOT_FOUND') throw cause;
    throw new ImageFailure('SOURCE_NOT_FOUND', 'the upload of data.file is not there any more', { cause });
  });
  return readFile(stored.path, tools.config.limits.maxBytes);
}

/** The bytes of the source. `progress` is told bytes received, and how many there will be where that is known. */
export async function readSource(
  data: ImageJobData,
  tools: SourceTools,
  signal: AbortSignal,
  progress: (received: number, total: number | null) => Promise<void>,
): Promise<Buffer> {
  if (data.sourceUrl !== undefined) {
    const { guard, clock } = tools;
    return download(data.sourceUrl, { guard, clock, limits: tools.config.limits, signal, progress });
  }
  const bytes = data.file ? await fromUpload(data.file, tools) : await fromFolders(data.source ?? '', tools.config);
  await progress(bytes.length, bytes.length);
  return bytes;
}
