// The same pictures by sharp alone, as a careful programmer would write it: same settings, as many at a time, files on the disk.
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sharp } from 'sharp';
import sharp from 'sharp';
import type { Gate } from '../src/pool.ts';

const QUALITY = 80;
export const BARE: Record<'jpeg' | 'webp' | 'avif', (image: Sharp) => Sharp> = {
  jpeg: (image) => image.flatten({ background: '#ffffff' }).jpeg({ quality: QUALITY, mozjpeg: true }),
  webp: (image) => image.webp({ quality: QUALITY }),
  avif: (image) => image.avif({ quality: QUALITY, effort: 2 }),
};
export type BareFormat = keyof typeof BARE;

export interface BareSet {
  source: Buffer;
  folder: string;
  widths: readonly number[];
  formats: readonly BareFormat[];
  gate: Gate;
}

const never = new AbortController().signal;
const write = (image: Sharp, format: BareFormat, file: string) => BARE[format](image).toFile(file);

/** A pipeline for each file: every one decodes the source again, as far as its width needs. */
export async function eachFromSource({ source, folder, widths, formats, gate }: BareSet): Promise<void> {
  const files = widths.flatMap((width) => formats.map((format) => ({ width, format })));
  await Promise.all(
    files.map(({ width, format }) =>
      gate.run(never, () =>
        write(sharp(source, { autoOrient: true }).resize({ width }), format, join(folder, `${width}.${format}`)),
      ),
    ),
  );
}

/** One decode: raw pixels of the widest, then every other width of these. */
export async function oneDecode({ source, folder, widths, formats, gate }: BareSet): Promise<void> {
  const widest = Math.max(...widths);
  const pixels = (image: Sharp) => gate.run(never, () => image.raw().toBuffer({ resolveWithObject: true }));
  const base = await pixels(sharp(source, { autoOrient: true }).resize({ width: widest }));
  const opened = ({ data, info }: typeof base) =>
    sharp(data, { raw: { width: info.width, height: info.height, channels: info.channels } });
  for (const width of widths) {
    const sized = width === widest ? base : await pixels(opened(base).resize({ width }));
    await Promise.all(
      formats.map((format) => gate.run(never, () => write(opened(sized), format, join(folder, `${width}.${format}`)))),
    );
  }
}

/** `count` sources, `together` at the same time. */
export async function bareRun(
  make: (set: BareSet) => Promise<void>,
  set: BareSet,
  count: number,
  together: number,
): Promise<void> {
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < count; index = next++) {
      const folder = join(set.folder, `bare-${index}`);
      await mkdir(folder, { recursive: true });
      await make({ ...set, folder });
      await rm(folder, { recursive: true });
    }
  };
  await Promise.all(Array.from({ length: together }, worker));
}
