// The operations on real pixels: correct for every orientation of the camera, and lossless where possible.
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { picture, work } from '../test/kit.ts';
import { BLUE, corners, GREEN, near, quarters, RED, WHITE } from '../test/pictures.ts';
import type { Picture } from './pipeline.ts';
import { opened } from './pipeline.ts';
import { applyStep } from './steps.ts';

const WORK = work();
type Step = Parameters<typeof applyStep>[1];

async function stepped(source: Buffer, ...operations: Step[]): Promise<Picture> {
  let done = await picture(source);
  for (const one of operations) done = await applyStep(done, one, WORK);
  return done;
}
const png = (done: Picture) => opened(done, WORK).png().toBuffer();
const pixels = (bytes: Buffer) => sharp(bytes).ensureAlpha().raw().toBuffer();
const quartersOf = async (done: Picture) => corners(await png(done));
const flat = quarters().png().toBuffer();

/** The same picture as a camera stores it that was held upside down or on its side. */
async function stored(orientation: 1 | 3 | 6 | 8): Promise<Buffer> {
  const turned = sharp(await flat).rotate({ 1: 0, 3: 180, 6: 270, 8: 90 }[orientation]);
  return sharp(await turned.png().toBuffer())
    .jpeg({ quality: 95 })
    .withMetadata({ orientation })
    .toBuffer();
}

describe.each([1, 3, 6, 8] as const)('with orientation %i', (orientation) => {
  test.each<[string, Step, string, (readonly [number, number, number])[]]>([
    ['a quarter turn', { type: 'rotate', angle: 90 }, '300x400', [BLUE, RED, WHITE, GREEN]],
    ['half a turn', { type: 'rotate', angle: 180 }, '400x300', [WHITE, BLUE, GREEN, RED]],
    ['a quarter turn back', { type: 'rotate', angle: -90 }, '300x400', [GREEN, WHITE, RED, BLUE]],
    ['a mirror', { type: 'flip', direction: 'horizontal' }, '400x300', [GREEN, RED, WHITE, BLUE]],
    ['a mirror upside down', { type: 'flip', direction: 'vertical' }, '400x300', [BLUE, WHITE, RED, GREEN]],
    ['a cut', { type: 'crop', left: 100, top: 100, width: 200, height: 100 }, '200x100', [RED, GREEN, BLUE, WHITE]],
    ['a cut corner', { type: 'crop', left: 200, top: 0, width: 200, height: 150 }, '200x150', Array(4).fill(GREEN)],
    [
      'a cut at a point',
      { type: 'crop', ratio: '1:3', focus: { x: 1, y: 0 } },
      '100x300',
      [GREEN, GREEN, WHITE, WHITE],
    ],
    [
      'a resize at a point',
      { type: 'resize', width: 50, height: 150, focus: { x: 0, y: 0 } },
      '50x150',
      [RED, RED, BLUE, BLUE],
    ],
  ])('%s is correct', async (_what, operation, size, colours) => {
    const done = await stepped(await stored(orientation), operation);
    expect(`${done.width}x${done.height}`).toBe(size);
    expect(near(await quartersOf(done), colours)).toBe(true);
  });
});

test('any other angle keeps the whole picture, on transparency or the requested colour', async () => {
  const clear = await stepped(await flat, { type: 'rotate', angle: 30 });
  expect([clear.alpha, Math.abs(clear.width - 497) < 2, Math.abs(clear.height - 460) < 2]).toEqual([true, true, true]);
  const edge = (await pixels(await png(clear))).subarray(0, 4);
  expect(edge[3]).toBe(0);
  const blue = await stepped(await flat, { type: 'rotate', angle: 30, background: '#0000ff' });
  expect([...(await pixels(await png(blue))).subarray(0, 4)]).toEqual([0, 0, 255, 255]);
});

test('a rotation that needs too much space is refused before any pixel is processed', async () => {
  const long = await sharp({ create: { width: 8_192, height: 10, channels: 3, background: '#000' } })
    .png()
    .toBuffer();
  const small = { ...WORK, limits: { ...WORK.limits, maxPixels: 100_000 } };
  const turned = applyStep(await picture(long), { type: 'rotate', angle: 45 }, small);
  await expect(turned).rejects.toMatchObject({ code: 'OUTPUT_TOO_LARGE' });
});

test('a blur softens edges, and a stronger one softens more', async () => {
  const spread = async (sigma?: number) => {
    const done = await stepped(await flat, sigma === undefined ? { type: 'blur' } : { type: 'blur', sigma });
    return (await sharp(await png(done)).stats()).sharpness;
  };
  const [none, little, much] = [(await sharp(await flat).stats()).sharpness, await spread(1), await spread(20)];
  expect([little < none, much < little, (await spread()) < little]).toEqual([true, true, true]);
});

test('grayscale keeps brightness and transparency', async () => {
  const done = await stepped(await flat, { type: 'grayscale' });
  for (const [r, g, b] of await quartersOf(done)) expect([r === g, g === b]).toEqual([true, true]);
  const half = await sharp({
    create: { width: 9, height: 9, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 0.5 } },
  })
    .png()
    .toBuffer();
  const grey = (await pixels(await png(await stepped(half, { type: 'grayscale' })))).subarray(0, 4);
  expect([...grey]).toEqual([54, 54, 54, 128]);
});

describe('where the eye falls', () => {
  /** A face-coloured spot in a grey picture. */
  const spot = (left: number, top: number) =>
    sharp({ create: { width: 1_200, height: 600, channels: 3, background: '#888888' } })
      .composite([
        {
          input: { create: { width: 90, height: 90, channels: 3, background: '#e0ac69' } },
          left: left - 45,
          top: top - 45,
        },
      ])
      .png()
      .toBuffer();

  test.each([200, 600, 1_000])('the focus at %i stays in view', async (left) => {
    const source = await spot(left, 300);
    const cut = await stepped(source, { type: 'crop', ratio: '1:1', focus: 'attention' });
    const resized = await stepped(source, { type: 'resize', width: 60, height: 60, focus: 'attention' });
    expect([`${cut.width}x${cut.height}`, `${resized.width}x${resized.height}`]).toEqual(['600x600', '60x60']);
    for (const done of [cut, resized]) {
      const [, , blueMost] = (await sharp(await png(done)).stats()).channels;
      expect(blueMost?.min).toBeLessThan(0x70);
    }
  });
});
