// Moving pictures: they stay so where the format can hold them, each frame for itself, and within bounds.
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { renderTools, work } from '../test/kit.ts';
import { moving } from '../test/pictures.ts';
import type { ImageJobData } from './data.ts';
import type { Operation } from './operations.ts';
import { rendered } from './rendered.ts';

async function made(source: Buffer, data: Partial<ImageJobData>, limits = {}) {
  const logo = await sharp({ create: { width: 9, height: 9, channels: 3, background: '#ffffff' } })
    .png()
    .toBuffer();
  const tools = renderTools({ work: work(limits), readMark: async () => logo });
  return rendered(source, { source: 'a.gif', ...data }, tools);
}
const first = async (source: Buffer, operations: Operation[], more: Partial<ImageJobData> = {}) => {
  const file = (await made(source, { operations, ...more })).files[0];
  if (!file) throw new Error('no file');
  return file;
};

/** The colour of each frame in its middle. */
async function colours(bytes: Buffer): Promise<string[]> {
  const { pages = 1 } = await sharp(bytes).metadata();
  const names = Array.from({ length: pages }, async (_, page) => {
    const { dominant } = await sharp(bytes, { page }).stats();
    return dominant.r > 128 ? 'red' : dominant.g > 128 ? 'green' : 'blue';
  });
  return Promise.all(names);
}

describe.each(['gif', 'webp'] as const)('an animated %s', (source) => {
  test.each(['gif', 'webp'] as const)('stays animated as %s, with its timing and repeats', async (format) => {
    const file = await first(await moving(source), [
      { type: 'resize', width: 20, height: 30 },
      { type: 'format', format },
    ]);
    expect([file.width, file.height, file.frames, file.format]).toEqual([20, 30, 3, format]);
    expect(await sharp(file.bytes).metadata()).toMatchObject({ pages: 3, delay: [100, 200, 300], loop: 2 });
    expect(await colours(file.bytes)).toEqual(['red', 'green', 'blue']);
  });

  test.each(['jpeg', 'png', 'avif'] as const)('becomes its first frame as %s', async (format) => {
    const file = await first(await moving(source), [{ type: 'format', format }]);
    expect([file.width, file.height, file.frames, await colours(file.bytes)]).toEqual([60, 40, 1, ['red']]);
  });

  test('becomes its first frame if the job asks for it', async () => {
    const file = await first(await moving(source), [{ type: 'resize', width: 30 }], { animated: false });
    expect([file.format, file.frames, await colours(file.bytes)]).toEqual([source, 1, ['red']]);
  });

  test.each<[string, Operation, string]>([
    ['a crop', { type: 'crop', left: 10, top: 10, width: 20, height: 15 }, '20x15'],
    ['a crop at the focus', { type: 'crop', ratio: '1:1', focus: 'attention' }, '40x40'],
    ['a quarter turn', { type: 'rotate', angle: 90 }, '40x60'],
    ['another turn', { type: 'rotate', angle: 10, background: '#ffffff' }, '66x50'],
    ['a mirror', { type: 'flip', direction: 'vertical' }, '60x40'],
    ['a blur', { type: 'blur', sigma: 5 }, '60x40'],
    ['a watermark', { type: 'watermark', source: 'logo.png' }, '60x40'],
    ['a text', { type: 'watermark', text: 'abc' }, '60x40'],
    ['quality alone', { type: 'optimize', quality: 50 }, '60x40'],
  ])('keeps its frames separate after %s', async (_what, operation, size) => {
    const file = await first(await moving(source), [operation]);
    expect([`${file.width}x${file.height}`, file.frames]).toEqual([size, 3]);
    expect(await colours(file.bytes)).toEqual(['red', 'green', 'blue']);
  });
});

test('a set has animated files if the format supports it, and pictures otherwise', async () => {
  const { files, placeholder } = await made(await moving('gif'), {
    responsive: { widths: [30, 15], formats: ['webp', 'jpeg'] },
    placeholder: true,
  });
  expect(files.map(({ width, format, frames }) => `${width} ${format} ${frames}`)).toEqual([
    '30 webp 3',
    '15 webp 3',
    '30 jpeg 1',
    '15 jpeg 1',
  ]);
  expect(await colours(Buffer.from(placeholder?.split(',')[1] ?? '', 'base64'))).toEqual(['red']);
});

test('too many frames, or too many pixels of all frames, are refused; the first frame alone is accepted', async () => {
  const [source, operations] = [await moving('gif'), [{ type: 'resize' as const, width: 10 }]];
  await expect(made(source, { operations }, { maxFrames: 2 })).rejects.toMatchObject({ code: 'TOO_MANY_FRAMES' });
  await expect(made(source, { operations }, { maxPixels: 3 * 60 * 40 - 1 })).rejects.toMatchObject({
    code: 'TOO_MANY_PIXELS',
  });
  const { files } = await made(source, { operations, animated: false }, { maxFrames: 1 });
  expect(files[0]).toMatchObject({ frames: 1, width: 10 });
  const enlarged = made(
    source,
    { operations: [{ type: 'resize', width: 600, enlarge: true }] },
    { maxPixels: 600_000 },
  );
  await expect(enlarged).rejects.toMatchObject({ code: 'OUTPUT_TOO_LARGE' });
});
