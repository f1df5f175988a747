// The result of a job: its file, or the files of a set with a srcset for each format.
import type { ImageConfig } from './config.ts';
import type { ImageFile, ImageResult } from './data.ts';
import type { Format } from './formats.ts';

interface Facts {
  outputPath: string;
  bytes: number;
  width: number;
  height: number;
  format: Format;
  frames: number;
}

/** The public address of a file, or its path if no address is configured. */
export const publicAddress = (outputPath: string, { publicUrl }: Pick<ImageConfig, 'publicUrl'>): string =>
  `${publicUrl.replace(/\/+$/, '')}/${outputPath.replace(/^\//, '')}`;

export function fileOf({ outputPath, bytes, width, height, format, frames }: Facts, config: ImageConfig): ImageFile {
  return {
    outputPath,
    fileSize: Number(bytes),
    width,
    height,
    format,
    ...(config.publicUrl === '' ? {} : { url: publicAddress(outputPath, config) }),
    ...(frames > 1 ? { frames } : {}),
  };
}

/** `/a-320.webp 320w, /a-640.webp 640w`, for each format. */
function srcsets(files: readonly ImageFile[]): Partial<Record<Format, string>> {
  const sets: Partial<Record<Format, string>> = {};
  for (const { format, url, outputPath, width } of [...files].sort((a, b) => a.width - b.width)) {
    const entry = `${url ?? publicAddress(outputPath, { publicUrl: '' })} ${width}w`;
    sets[format] = sets[format] === undefined ? entry : `${sets[format]}, ${entry}`;
  }
  return sets;
}

/** `files` in the requested order. The result describes the widest file of the first format. */
export function answer(files: readonly ImageFile[], set: boolean, placeholder: string | null): ImageResult {
  const [first] = files;
  if (!first) throw new Error('a job makes one file at least');
  const widest = files.reduce((best, file) => (file.format === first.format && file.width > best.width ? file : best));
  return {
    ...widest,
    ...(set ? { files: [...files], srcset: srcsets(files) } : {}),
    ...(placeholder === null ? {} : { placeholder }),
  };
}
