// Boxes without a picture: the cut of a crop, the size of a rotation, the place of a watermark.
import { expect, test } from 'vitest';
import { type around, cropBox, cropSize, largest } from './box.ts';
import type { Crop } from './operations.ts';

const photo = { width: 4000, height: 3000 };
const CENTER = { x: 0.5, y: 0.5 };
const crop = (more: Omit<Crop, 'type'>): Crop => ({ type: 'crop', ...more });
const shown = ({ left, top, width, height }: ReturnType<typeof around>) => `${width}x${height}+${left}+${top}`;

test.each([
  ['a box', { left: 10, top: 20, width: 300, height: 400 }, CENTER, '300x400+10+20'],
  ['a box that ends at the edge', { left: 3700, top: 2600, width: 300, height: 400 }, CENTER, '300x400+3700+2600'],
  ['a size is centred', { width: 1000, height: 1000 }, CENTER, '1000x1000+1500+1000'],
  ['a size is centred on its point', { width: 1000, height: 1000 }, { x: 0.25, y: 0.5 }, '1000x1000+500+1000'],
  ['a point at the corner keeps the box inside', { width: 1000, height: 1000 }, { x: 0, y: 1 }, '1000x1000+0+2000'],
  ['a wide ratio has the whole width', { ratio: '16:9' }, CENTER, '4000x2250+0+375'],
  ['a tall ratio has the whole height', { ratio: '1:2' }, { x: 1, y: 0 }, '1500x3000+2500+0'],
  ['the ratio of the picture is the picture', { ratio: '4:3' }, { x: 0, y: 0 }, '4000x3000+0+0'],
])('%s', (_what, more, point, expected) => {
  expect(shown(cropBox(photo, crop(more), point))).toBe(expected);
});

test.each([
  ['wider than the picture', { width: 4001, height: 10 }],
  ['higher than the picture', { width: 10, height: 3001 }],
  ['over the right edge', { left: 3999, top: 0, width: 2, height: 1 }],
  ['over the lower edge', { left: 0, top: 3000, width: 1, height: 1 }],
])('a crop that is %s is refused and not retried', (_what, more) => {
  expect(() => cropBox(photo, crop(more), CENTER)).toThrow(
    expect.objectContaining({ code: 'CROP_OUTSIDE', retryable: false }),
  );
});

test('a sliver keeps one pixel', () => {
  expect(cropSize({ width: 1, height: 1000 }, crop({ ratio: '9999:1' }))).toEqual({ width: 1, height: 1 });
  expect(largest({ width: 5000, height: 1 }, { width: 1, height: 3 })).toEqual({ width: 1, height: 1 });
});
