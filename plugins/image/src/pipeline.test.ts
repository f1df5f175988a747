// Real pictures through the steps: upright, without metadata, in every format and odd kind of input.
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { BLUE, corners, GREEN, near, quarters, RED, WHITE } from '../test/pictures.ts';
import { ImageConfig } from './config.ts';
import type { OutputFormat } from './formats.ts';
import { OUTPUT_FORMATS } from './formats.ts';
import { readHead, resized, written } from './pipeline.ts';
import type { Target } from './plan.ts';

const { limits } = ImageConfig.parse({});
const { signal } = new AbortController();

async function made(source: Buffer, target: Partial<Target> = {}, format: OutputFormat = 'png', quality?: number) {
  const size = { width: 80, height: 60, fit: 'cover' as const, ...target };
  return written(await resized(source, size, limits, signal), format, quality, limits, signal);
}

describe('orientation', () => {
  // What the camera stores, so that the tag turns it back into red, green / blue, white: a turn, then perhaps a mirror.
  const STORED: [orientation: number, turn: number, mirror: boolean][] = [
    [1, 0, false],
    [2, 0, true],
    [3, 180, false],
    [4, 180, true],
    [5, 90, true],
    [6, 270, false],
    [7, 270, true],
    [8, 90, false],
  ];

  test.each(STORED)(
    'a picture with orientation %i comes out upright, with its upright size',
    async (orientation, turn, mirror) => {
      const flat = await quarters().png().toBuffer();
      const turned = sharp(await sharp(flat).rotate(turn).toBuffer()).flop(mirror);
      const source = await turned.jpeg({ quality: 95 }).withMetadata({ orientation }).toBuffer();
      expect(await readHead(source, limits, signal)).toMatchObject({ width: 400, height: 300, format: 'jpeg' });
      const { bytes } = await made(source);
      expect(near(await corners(bytes), [RED, GREEN, BLUE, WHITE])).toBe(true);
      const unresized = await written(source, 'png', undefined, limits, signal);
      expect(unresized).toMatchObject({ width: 400, height: 300 });
      expect(near(await corners(unresized.bytes), [RED, GREEN, BLUE, WHITE])).toBe(true);
      expect((await sharp(bytes).metadata()).orientation).toBeUndefined();
    },
  );
});

test.each(OUTPUT_FORMATS)('a %s file has no metadata of the source, with or without a resize', async (format) => {
  const source = await quarters()
    .jpeg()
    .withExif({ IFD0: { Artist: 'somebody' }, IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '53/1 32/1 0/1' } })
    .withXmp('<x:xmpmeta xmlns:x="adobe:ns:meta/">somewhere</x:xmpmeta>')
    .toBuffer();
  expect((await sharp(source).metadata()).exif).toBeDefined();
  for (const { bytes } of [await made(source, {}, format), await written(source, format, 70, limits, signal)]) {
    const { exif, xmp, iptc } = await sharp(bytes).metadata();
    expect([exif, xmp, iptc, bytes.includes('somebody'), bytes.includes('somewhere')]).toEqual([
      undefined,
      undefined,
      undefined,
      false,
      false,
    ]);
  }
});

test.each(OUTPUT_FORMATS)('%s is written in the size asked for', async (format) => {
  const { bytes, ...size } = await made(await quarters().png().toBuffer(), { width: 33, height: 77 }, format);
  expect(size).toEqual({ width: 33, height: 77 });
  expect(await readHead(bytes, limits, signal)).toEqual({ width: 33, height: 77, format });
});

test.each(['jpeg', 'webp', 'avif'] as const)('a lower quality gives a smaller %s', async (format) => {
  const source = await sharp({
    create: {
      width: 200,
      height: 200,
      channels: 3,
      background: '#888',
      noise: { type: 'gaussian', mean: 128, sigma: 40 },
    },
  })
    .png()
    .toBuffer();
  const [low, high] = [await made(source, {}, format, 20), await made(source, {}, format, 90)];
  expect(low.bytes.length).toBeLessThan(high.bytes.length / 2);
});

describe('kinds of input', () => {
  const grey = { width: 64, height: 64, channels: 3 as const, background: { r: 128, g: 128, b: 128 } };
  const GREY = [128, 128, 128] as const;

  test.each([
    ['a grey JPEG', () => sharp({ create: grey }).toColourspace('b-w').jpeg().toBuffer()],
    ['a CMYK JPEG', () => sharp({ create: grey }).toColourspace('cmyk').jpeg().toBuffer()],
    ['a PNG of 16 bits', () => sharp({ create: grey }).toColourspace('rgb16').png().toBuffer()],
    ['a grey PNG of 16 bits', () => sharp({ create: grey }).toColourspace('grey16').png().toBuffer()],
    ['a PNG with a palette', () => sharp({ create: grey }).png({ palette: true }).toBuffer()],
    ['a progressive JPEG', () => sharp({ create: grey }).jpeg({ progressive: true }).toBuffer()],
    ['an AVIF', () => sharp({ create: grey }).avif().toBuffer()],
    ['a GIF', () => sharp({ create: grey }).gif().toBuffer()],
  ])('%s keeps its colours', async (_what, make) => {
    const source = await make();
    for (const { bytes } of [await made(source, {}, 'png'), await made(source, {}, 'jpeg', 90)]) {
      expect(near(await corners(bytes), [GREY, GREY, GREY, GREY], 18)).toBe(true);
    }
  });

  test('of a moving picture the first frame is taken', async () => {
    const frames = await Promise.all(
      ['#ff0000', '#00ff00'].map((background) =>
        sharp({ create: { ...grey, background } })
          .png()
          .toBuffer(),
      ),
    );
    const moving = await sharp(frames, { join: { animated: true } })
      .gif()
      .toBuffer();
    expect((await sharp(moving, { pages: -1 }).metadata()).pages).toBe(2);
    const { bytes, ...size } = await made(moving);
    expect([size, near(await corners(bytes), Array(4).fill([255, 0, 0]), 8)]).toEqual([
      { width: 80, height: 60 },
      true,
    ]);
  });

  test('transparency stays in PNG, WebP and AVIF and becomes white in JPEG', async () => {
    const source = await sharp({
      create: { width: 50, height: 50, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 0 } },
    })
      .png()
      .toBuffer();
    for (const format of ['png', 'webp', 'avif'] as const) {
      expect((await sharp((await made(source, {}, format)).bytes).stats()).isOpaque).toBe(false);
    }
    expect(near(await corners((await made(source, {}, 'jpeg')).bytes), Array(4).fill([255, 255, 255]), 3)).toBe(true);
  });

  test('contain fills up with transparency, or with white in JPEG', async () => {
    const source = await sharp({ create: grey }).png().toBuffer();
    const wide = { width: 400, height: 50, fit: 'contain' as const };
    const jpeg = await made(source, wide, 'jpeg', 90);
    expect(
      near(
        (await corners(jpeg.bytes)).slice(0, 2),
        [
          [255, 255, 255],
          [255, 255, 255],
        ],
        3,
      ),
    ).toBe(true);
    const png = await made(source, wide, 'png');
    expect([png.width, png.height, (await sharp(png.bytes).stats()).isOpaque]).toEqual([400, 50, false]);
  });
});
