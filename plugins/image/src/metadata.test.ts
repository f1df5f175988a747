// Metadata of the source in the result: only the colour profile, unless the job asks for more.
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { renderTools } from '../test/kit.ts';
import { CREDITS, photoOf, wideRed } from '../test/metadata.ts';
import { readCredits } from './credits.ts';
import type { Format } from './formats.ts';
import type { Operation } from './operations.ts';
import { rendered } from './rendered.ts';

async function made(source: Buffer, operations: Operation[]): Promise<Buffer> {
  const { files } = await rendered(source, { source: 'x', operations }, renderTools());
  return files[0]?.bytes ?? Buffer.alloc(0);
}

describe('metadata of a camera', () => {
  const FORMATS: Format[] = ['jpeg', 'png', 'webp', 'avif', 'gif'];

  test.each(FORMATS)('is removed from a %s by default, and with strip', async (format) => {
    const operations: Operation[] = [{ type: 'format', format }];
    for (const bytes of [
      await made(await photoOf(), operations),
      await made(await photoOf(), [{ type: 'strip' }, ...operations]),
    ]) {
      const { exif, xmp, iptc } = await sharp(bytes).metadata();
      expect([exif, xmp, iptc]).toEqual([undefined, undefined, undefined]);
      expect(['Jane', 'ACME', 'SERIAL', 'somewhere'].filter((word) => bytes.includes(word))).toEqual([]);
    }
  });

  test.each(['jpeg', 'png', 'webp', 'avif'] as const)('is kept in a %s as far as requested', async (format) => {
    const bytes = await made(await photoOf(), [
      { type: 'resize', width: 20 },
      { type: 'strip', keep: ['credits'] },
      { type: 'format', format },
    ]);
    const { exif } = await sharp(bytes).metadata();
    expect(readCredits(exif)).toEqual(CREDITS);
    expect(['ACME', 'SERIAL', '2026:01:02'].filter((word) => bytes.includes(word))).toEqual([]);
  });
});

describe('wide colours', () => {
  const profileOf = async (bytes: Buffer) => (await sharp(bytes).metadata()).icc?.length ?? 0;
  const STEPS: Operation[] = [
    { type: 'resize', width: 20 },
    { type: 'rotate', angle: 90 },
    { type: 'flip', direction: 'horizontal' },
  ];

  test.each(['jpeg', 'png', 'webp', 'avif'] as const)(
    'are kept in a %s with their profile by default',
    async (format) => {
      const source = await wideRed();
      for (const steps of [[], STEPS]) {
        const bytes = await made(source, [...steps, { type: 'format', format }]);
        expect(await profileOf(bytes)).toBeGreaterThan(0);
        const [before, after] = await Promise.all(
          [source, bytes].map(async (file) => (await sharp(file).stats()).channels.map(({ mean }) => Math.round(mean))),
        );
        expect(Math.max(...(after ?? [999]).map((mean, i) => Math.abs(mean - (before?.[i] ?? 999))))).toBeLessThan(6);
      }
    },
  );

  test.each(['jpeg', 'png', 'webp', 'avif', 'gif'] as const)(
    'become sRGB without a profile in a %s with strip',
    async (format) => {
      const bytes = await made(await wideRed(), [...STEPS, { type: 'strip' }, { type: 'format', format }]);
      expect(await profileOf(bytes)).toBe(0);
      const [red] = (await sharp(bytes).stats()).channels;
      expect(red?.mean).toBeGreaterThan(250);
    },
  );

  test('an sRGB profile is removed, because browsers assume sRGB without one', async () => {
    const source = await sharp({ create: { width: 40, height: 30, channels: 3, background: '#c04020' } })
      .withIccProfile('srgb')
      .jpeg()
      .toBuffer();
    expect(await profileOf(source)).toBeGreaterThan(0);
    expect(await profileOf(await made(source, [{ type: 'format', format: 'webp' }]))).toBe(0);
  });
});
