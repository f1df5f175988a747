// Pictures that mean harm: each ends as a failure that is not retried, soon, and without a trace in the host.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import type { JobResult } from '@phraseworks/sdk';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { imageTools, picture, runningJob, temporaryFolder } from '../test/kit.ts';
import { chunk, compressed, pngSaying, quarters } from '../test/pictures.ts';
import type { ImageJobData, ImageResult } from './data.ts';
import { imageProcessor } from './processor.ts';

const MB = 1024 * 1024;

const RESIZE: ImageJobData['operations'] = [
  { type: 'resize', width: 100, height: 100, enlarge: false },
  { type: 'format', format: 'webp' },
];

/** The code by which a job with this source ends, or `made`. */
async function attempt(source: Buffer, data: Partial<ImageJobData> = {}, limits = {}): Promise<string> {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'source'), source);
  const tools = await imageTools({ config: { sources: [folder], limits } });
  const job = { source: 'source', operations: RESIZE, ...data };
  const answer = (await imageProcessor(tools)(job, 'job-1', 1, runningJob('job-1'))) as JobResult<ImageResult>;
  if (!('success' in answer)) return 'neither success nor failure';
  return answer.success ? 'made' : `${answer.code}${answer.retryable ? ', to be retried' : ''}`;
}

const flat = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: '#123456' }, limitInputPixels: false });
const text = (value: string) => async () => Buffer.from(value);
const SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><image href="file:///etc/passwd"/></svg>';
const ENTITIES = `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>${SVG}`;
const rows = (width: number, height: number) => deflateSync(Buffer.alloc((width + 1) * height), { level: 1 });

/** An AVIF that says it is `side` x `side`. */
async function avifSaying(side: number): Promise<Buffer> {
  const avif = await flat(16, 16).avif().toBuffer();
  const size = avif.indexOf('ispe') + 8;
  avif.writeUInt32BE(side, size);
  avif.writeUInt32BE(side, size + 4);
  return avif;
}

/** Twice as many frames as `repeats`, each of a few bytes, on a canvas of `side` x `side`. */
async function gifOf(repeats: number, side = 2): Promise<Buffer> {
  const frames = ['#ff0000', '#0000ff'].map((background) =>
    sharp({ create: { width: 2, height: 2, channels: 3, background } })
      .png()
      .toBuffer(),
  );
  const gif = await sharp(await Promise.all(frames), { join: { animated: true } })
    .gif()
    .toBuffer();
  gif.writeUInt16LE(side, 6);
  gif.writeUInt16LE(side, 8);
  const first = gif.indexOf(Buffer.from([0x21, 0xf9]));
  const [head, both, end] = [gif.subarray(0, first), gif.subarray(first, -1), gif.subarray(-1)];
  return Buffer.concat([head, ...Array<Buffer>(repeats).fill(both), end]);
}

const PIXELS = deflateSync(Buffer.alloc(110));
const many = <T>(times: number, one: T): T[] => Array<T>(times).fill(one);

/** The chunks between the pixels and the end. */
function behind(more: Buffer[]): Buffer {
  const png = pngSaying(10, 10, PIXELS);
  return Buffer.concat([png.subarray(0, -12), ...more, png.subarray(-12)]);
}

const internationalText = (bytes: number): Buffer =>
  chunk('iTXt', Buffer.concat([Buffer.from('k\0\x01\0\0\0', 'latin1'), deflateSync(Buffer.alloc(bytes, 'x'))]));

/** A TIFF directory of `count` texts that all share the same `bytes`. */
function directoryOf(count: number, bytes: number): Buffer {
  const entry = Buffer.alloc(12);
  entry.writeUInt16LE(0x010e, 0);
  entry.writeUInt16LE(2, 2);
  entry.writeUInt32LE(Math.max(5, Math.floor(bytes / count)), 4);
  entry.writeUInt32LE(8, 8);
  const head = Buffer.from('II*\0\x08\0\0\0\0\0', 'latin1');
  head.writeUInt16LE(count, 8);
  return Buffer.concat([head, ...many(count, entry), Buffer.alloc(Math.max(4, bytes - 12 * count))]);
}

const withExif = (exif: Buffer): Buffer => pngSaying(10, 10, PIXELS, [chunk('eXIf', exif)]);

const BOMBS: [what: string, code: string, make: () => Promise<Buffer>][] = [
  ['a small PNG of 16,000 x 16,000', 'TOO_MANY_PIXELS', async () => pngSaying(16_000, 16_000, rows(16_000, 16_000))],
  ['a PNG that says 2,147,483,647 x 1', 'BROKEN_IMAGE', async () => pngSaying(2_147_483_647, 1)],
  ['a PNG that says 0 x 0', 'BROKEN_IMAGE', async () => pngSaying(0, 0)],
  ['a PNG that holds less than it says', 'BROKEN_IMAGE', async () => pngSaying(5_000, 5_000)],
  [
    'a WebP of 16,000 x 4,000',
    'TOO_MANY_PIXELS',
    () => flat(16_000, 4_000).webp({ effort: 0, lossless: true }).toBuffer(),
  ],
  [
    'a GIF that says 65,535 x 65,535',
    'TOO_MANY_PIXELS',
    async () => {
      const gif = await flat(10, 10).gif().toBuffer();
      gif.writeUInt16LE(65_535, 6);
      gif.writeUInt16LE(65_535, 8);
      const frame = gif.indexOf(Buffer.from([0x2c, 0, 0, 0, 0]));
      gif.fill(0xff, frame + 5, frame + 9);
      return gif;
    },
  ],
  [
    'a JPEG that says 60,000 x 60,000',
    'TOO_MANY_PIXELS',
    async () => {
      const jpeg = await flat(16, 16).jpeg().toBuffer();
      const size = jpeg.indexOf(Buffer.from([0xff, 0xc0])) + 5;
      jpeg.writeUInt16BE(60_000, size);
      jpeg.writeUInt16BE(60_000, size + 2);
      return jpeg;
    },
  ],
  ['an AVIF that says 60,000 x 60,000', 'TOO_MANY_PIXELS', () => avifSaying(60_000)],
  ['a GIF of 40,000 frames', 'TOO_MANY_FRAMES', () => gifOf(20_000)],
  ['a GIF of 200 frames of 2,000 x 2,000', 'TOO_MANY_PIXELS', () => gifOf(100, 2_000)],
  [
    'a progressive JPEG that is drawn 3,000 times',
    'BROKEN_IMAGE',
    async () => {
      const jpeg = await flat(3_000, 3_000).jpeg({ progressive: true, quality: 5 }).toBuffer();
      const last = jpeg.lastIndexOf(Buffer.from([0xff, 0xda]));
      const [body, scan, end] = [jpeg.subarray(0, -2), jpeg.subarray(last, -2), jpeg.subarray(-2)];
      return Buffer.concat([body, ...Array<Buffer>(3_000).fill(scan), end]);
    },
  ],
  ['a truncated JPEG', 'BROKEN_IMAGE', async () => (await quarters(2_000, 1_500).jpeg().toBuffer()).subarray(0, 9_000)],
  [
    'a JPEG of noise after its head',
    'BROKEN_IMAGE',
    async () => {
      const jpeg = await quarters().jpeg().toBuffer();
      return jpeg.fill(0xd8, 20);
    },
  ],
  ['a truncated AVIF', 'BROKEN_IMAGE', async () => (await quarters().avif().toBuffer()).subarray(0, 300)],
  ['an SVG', 'WRONG_TYPE', text(SVG)],
];

/** Their heads are enough to refuse them. */
const HEADS: typeof BOMBS = [
  ['an SVG of entities', 'WRONG_TYPE', text(ENTITIES)],
  ['a PDF', 'WRONG_TYPE', text('%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj')],
  ['a TIFF', 'WRONG_TYPE', () => flat(10, 10).tiff().toBuffer()],
  ['a HEIC by name', 'WRONG_TYPE', text('\0\0\0\x18ftypheic\0\0\0\0heicmif1')],
  ['nothing', 'WRONG_TYPE', text('')],
  ['three bytes of a JPEG', 'BROKEN_IMAGE', async () => Buffer.from([0xff, 0xd8, 0xff])],
  ['a script behind the head of a GIF', 'BROKEN_IMAGE', text('GIF89a=1;alert(1)//')],
];

test.each(BOMBS)('%s ends as %s, without growing the host', async (_what, code, make) => {
  const source = await make();
  const before = process.memoryUsage().rss;
  expect(await attempt(source)).toBe(code);
  expect(process.memoryUsage().rss - before).toBeLessThan(50 * MB);
});

test.each(['zTXt', 'iCCP'])('a %s chunk that expands to 100 MB is not expanded', async (kind) => {
  const source = pngSaying(10, 10, deflateSync(Buffer.alloc(110)), [compressed(kind, 100 * MB)]);
  expect(['made', 'BROKEN_IMAGE']).toContain(await attempt(source, {}, { maxMemory: 256 * MB }));
});

test.each(HEADS)('%s is refused as %s, and not retried', async (_what, code, make) => {
  await expect(picture(await make())).rejects.toMatchObject({ code, retryable: false });
});

/** What a file may carry beside its pixels, each many times or large; none of it makes a step take longer than a low limit. */
const CARRIED: [what: string, make: () => Promise<Buffer>][] = [
  ['compressed texts', async () => pngSaying(10, 10, PIXELS, many(60, compressed('zTXt', 50 * MB)))],
  ['compressed texts behind its pixels', async () => behind(many(60, compressed('zTXt', 50 * MB)))],
  ['international texts', async () => pngSaying(10, 10, PIXELS, many(60, internationalText(50 * MB)))],
  ['a million short texts', async () => pngSaying(10, 10, PIXELS, many(1_000_000, chunk('tEXt', Buffer.from('k\0'))))],
  [
    'a long comment in a GIF',
    async () => {
      const gif = await flat(10, 10).gif().toBuffer();
      const piece = Buffer.concat([Buffer.from([255]), Buffer.alloc(255, 'x')]);
      const comment = [Buffer.from([0x21, 0xfe]), ...many(50_000, piece), Buffer.from([0])];
      const frame = gif.indexOf(Buffer.from([0x2c, 0, 0, 0, 0]));
      return Buffer.concat([gif.subarray(0, frame), ...comment, gif.subarray(frame)]);
    },
  ],
  ['EXIF data of 10 MB', async () => withExif(directoryOf(60_000, 10 * MB))],
  [
    'a JPEG of many EXIF blocks',
    async () => {
      const jpeg = await flat(16, 16).jpeg().toBuffer();
      const exif = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), directoryOf(5_000, 60_000)]);
      const block = Buffer.concat([Buffer.from([0xff, 0xe1, (exif.length + 2) >> 8, (exif.length + 2) & 255]), exif]);
      return Buffer.concat([jpeg.subarray(0, 2), ...many(200, block), jpeg.subarray(2)]);
    },
  ],
  [
    'an XMP of 15 MB in a WebP',
    () =>
      flat(10, 10)
        .withXmp(`<x:xmpmeta xmlns:x="adobe:ns:meta/">${'<a>'.repeat(5 * MB)}`)
        .webp()
        .toBuffer(),
  ],
];

test.each(CARRIED)('%s cannot hold up the job', async (_what, make) => {
  expect(await attempt(await make(), {}, { time: 2_000, maxMemory: 512 * MB })).toBe('made');
});

test('enlarging a pixel without limit is refused before it is tried', async () => {
  const source = await flat(1, 1).png().toBuffer();
  const grown = (side: number) =>
    attempt(source, { operations: [{ type: 'resize', width: side, height: side, enlarge: true }] });
  expect(await grown(8_000)).toBe('OUTPUT_TOO_LARGE');
});

describe('more work than limits.maxWork is refused before a pixel is decoded', () => {
  const avif = { type: 'format', format: 'avif' } as const;

  test.each<[what: string, make: () => Promise<Buffer>, data: Partial<ImageJobData>]>([
    ['an AVIF of 7,000 x 7,000', () => avifSaying(7_000), {}],
    ['a picture of 48 MP that becomes an AVIF', async () => pngSaying(6_930, 6_930), { operations: [avif] }],
    [
      'a photograph that becomes 20 AVIF files',
      async () => pngSaying(3_460, 3_460),
      { operations: [], outputs: Array.from({ length: 20 }, (_, i) => ({ outputPath: `/${i}.avif` })) },
    ],
  ])('%s', async (_what, make, data) => {
    expect(await attempt(await make(), data, { maxMemory: 256 * MB })).toBe('TOO_MUCH_WORK');
  });
});

test('a job that exceeds its memory limit is stopped, without growing the host', async () => {
  const source = await flat(6_000, 6_000).avif({ effort: 0 }).toBuffer();
  const before = process.memoryUsage().rss;
  expect(await attempt(source, {}, { maxMemory: 256 * MB })).toBe('TOO_MUCH_MEMORY');
  expect(process.memoryUsage().rss - before).toBeLessThan(50 * MB);
});

test('a step that exceeds its time limit is stopped as too slow, even for AVIF', async () => {
  const noise = { type: 'gaussian' as const, mean: 128, sigma: 30 };
  const source = await sharp({ create: { width: 2_500, height: 2_500, channels: 3, background: '#888', noise } })
    .jpeg()
    .toBuffer();
  expect(await attempt(source, { operations: [{ type: 'format', format: 'avif' }] }, { time: 1_000 })).toBe('TOO_SLOW');
});
