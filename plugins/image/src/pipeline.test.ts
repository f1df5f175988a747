// Real pictures through the steps: upright, without metadata, in every format and odd kind of input.
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { work } from '../test/kit.ts';
import { BLUE, corners, GREEN, near, quarters, RED, WHITE } from '../test/pictures.ts';
import type { Format } from './formats.ts';
import { FORMATS } from './formats.ts';
import { readHead } from './head.ts';
import type { Picture } from './pipeline.ts';
import type { Target } from './plan.ts';
import { sized } from './steps.ts';
import { written } from './written.ts';

const WORK = work();
const NO_EXTRAS = { credits: {}, keep: [] };

async function opened(source: Buffer): Promise<Picture> {
  const head = await readHead(source, WORK);
  return { ...head, data: source, channels: null, frames: 1 };
}

async function made(source: Buffer, target: Partial<Target> = {}, format: Format = 'png', quality?: number) {
  const size = { width: 80, height: 60, fit: 'cover' as const, ...target };
  return written(await sized(await opened(source), size, WORK), format, { quality }, NO_EXTRAS, WORK);
}

const unresized = async (source: Buffer, format: Format, quality?: number) =>
  written(await opened(source), format, { quality }, NO_EXTRAS, WORK);

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
    'a picture with orientation %i is made upright, with its upright size',
    async (orientation, turn, mirror) => {
      const flat = await quarters().png().toBuffer();
      const turned = sharp(await sharp(flat).rotate(turn).toBuffer()).flop(mirror);
      const source = await turned.jpeg({ quality: 95 }).withMetadata({ orientation }).toBuffer();
      expect(await readHead(source, WORK)).toMatchObject({ width: 400, height: 300, format: 'jpeg' });
      const { bytes } = await made(source);
      expect(near(await corners(bytes), [RED, GREEN, BLUE, WHITE])).toBe(true);
      const whole = await unresized(source, 'png');
      expect(whole).toMatchObject({ width: 400, height: 300 });
      expect(near(await corners(whole.bytes), [RED, GREEN, BLUE, WHITE])).toBe(true);
      expect((await sharp(bytes).metadata()).orientation).toBeUndefined();
    },
  );
});

test.each(FORMATS)('%s is written in the requested size', async (format) => {
  const { bytes, ...size } = await made(await quarters().png().toBuffer(), { width: 33, height: 77 }, format);
  expect(size).toEqual({ width: 33, height: 77, format, frames: 1 });
  expect(await readHead(bytes, WORK)).toMatchObject({ width: 33, height: 77, format });
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

  test('transparency is kept in PNG, WebP and AVIF and becomes white in JPEG', async () => {
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

  test('contain pads with transparency, or with white in JPEG', async () => {
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
