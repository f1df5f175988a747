// Watermarks of text and pictures: their place, their opacity, and their limits.
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { picture, work } from '../test/kit.ts';
import type { Watermark } from './operations.ts';
import type { Picture } from './pipeline.ts';
import { opened } from './pipeline.ts';
import { watermarked } from './watermark.ts';

const WORK = work();
const black = (width = 400, height = 300) =>
  sharp({ create: { width, height, channels: 3, background: '#000000' } })
    .png()
    .toBuffer();
const logo = (alpha = 1) =>
  sharp({ create: { width: 80, height: 40, channels: 4, background: { r: 255, g: 0, b: 0, alpha } } })
    .png()
    .toBuffer();

type Mark = Omit<Watermark, 'type'>;
async function marked(mark: Mark, source?: Buffer, own?: Buffer): Promise<Picture> {
  const base = await picture(source ?? (await black()));
  const bytes = own ?? (await logo());
  return watermarked(base, { type: 'watermark', ...mark }, async () => bytes, undefined, WORK);
}

/** The box of all that is not black, and its brightest value. */
async function inked(done: Picture) {
  const { data, info } = await opened(done, WORK).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const found = { left: info.width, top: info.height, right: -1, bottom: -1, brightest: 0 };
  for (let y = 0; y < info.height; y++) {
    for (let x = 0; x < info.width; x++) {
      const at = (y * info.width + x) * info.channels;
      const value = Math.max(...data.subarray(at, at + info.channels));
      if (value < 10) continue;
      found.left = Math.min(found.left, x);
      found.right = Math.max(found.right, x);
      found.top = Math.min(found.top, y);
      found.bottom = Math.max(found.bottom, y);
      found.brightest = Math.max(found.brightest, value);
    }
  }
  return found;
}

describe('a picture', () => {
  test('is placed at the lower right, a quarter wide, with a margin, and keeps the size of the picture', async () => {
    const done = await marked({ source: 'logo.png' });
    expect([done.width, done.height, done.alpha]).toEqual([400, 300, false]);
    expect(await inked(done)).toEqual({ left: 291, top: 241, right: 390, bottom: 290, brightest: 153 });
  });

  test.each([
    [
      { position: 'top-left', scale: 0.5, opacity: 1 },
      { left: 9, top: 9, right: 208, bottom: 108, brightest: 255 },
    ],
    [
      { position: 'center', scale: 0.2, margin: 0, opacity: 0.5 },
      { left: 160, top: 130, right: 239, bottom: 169, brightest: 128 },
    ],
    [
      { scale: 1, margin: 0, opacity: 1 },
      { left: 0, top: 100, right: 399, bottom: 299, brightest: 255 },
    ],
  ] as const)('with %j is placed accordingly', async (mark, expected) => {
    expect(await inked(await marked({ source: 'logo.png', ...mark }))).toEqual(expected);
  });

  test('that is partly transparent remains so', async () => {
    const { brightest } = await inked(await marked({ source: 'x', opacity: 1 }, undefined, await logo(0.5)));
    expect(Math.abs(brightest - 128)).toBeLessThan(3);
  });

  test('has a pixel on the smallest picture', async () => {
    const done = await marked({ source: 'x' }, await black(1, 1));
    expect([done.width, done.height]).toEqual([1, 1]);
  });

  test('keeps a transparent picture transparent', async () => {
    const clear = await sharp({ create: { width: 90, height: 90, channels: 4, background: '#00000000' } })
      .png()
      .toBuffer();
    expect((await marked({ source: 'x' }, clear)).alpha).toBe(true);
  });

  test.each([
    ['SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'), 'WRONG_TYPE'],
    ['nothing', Buffer.alloc(0), 'WRONG_TYPE'],
    ['a cut-off JPEG', Buffer.from([0xff, 0xd8, 0xff, 0xe0]), 'BROKEN_IMAGE'],
  ])('that is %s is refused', async (_what, bytes, code) => {
    await expect(marked({ source: 'x' }, undefined, bytes)).rejects.toMatchObject({ code, retryable: false });
  });
});

describe('a text', () => {
  test('is drawn in its colour within its share of the width', async () => {
    const ink = await inked(await marked({ text: '(c) Jane Doe', scale: 0.5, opacity: 1, color: '#00ff00' }));
    expect(ink.brightest).toBe(255);
    expect([ink.left >= 190, ink.right <= 391, ink.bottom <= 291, ink.right - ink.left > 100]).toEqual([
      true,
      true,
      true,
      true,
    ]);
  });

  test('is not markup: its characters are drawn literally', async () => {
    const plain = await inked(await marked({ text: '<b>&amp;"\'', position: 'center', opacity: 1 }));
    const bold = await inked(await marked({ text: 'x', position: 'center', opacity: 1 }));
    expect(plain.right - plain.left).toBeGreaterThan(bold.right - bold.left);
    for (const text of ['</span><span size="999999">x', '&#x0;', '<![CDATA[x]]>', '<!ENTITY x>', '%s%n', '\u202fx']) {
      expect((await inked(await marked({ text, opacity: 1 }))).brightest, text).toBeGreaterThan(0);
    }
  });

  test('without visible characters fails with what to do', async () => {
    await expect(marked({ text: '\u200b' })).rejects.toMatchObject({ code: 'NO_FONT', retryable: false });
  });
});
