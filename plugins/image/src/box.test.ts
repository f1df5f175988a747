// Boxes without a picture: the cut of a crop, the size of a rotation, the place of a watermark.
import { expect, test } from 'vitest';
import { type around, cropBox, cropSize, largest, markBox, markPlace, turnedSize } from './box.ts';
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

test.each([
  [90, '3000x4000'],
  [180, '4000x3000'],
  [45, '4950x4950'],
  [1, '4052x3070'],
])('rotated by %i degrees it needs %s', (angle, expected) => {
  const { width, height } = turnedSize(photo, angle);
  expect(`${width}x${height}`).toBe(expected);
});

test('a watermark takes its share of the width, and leaves the margin free', () => {
  expect(markBox(photo, 0.25, 0.03)).toEqual({ width: 1000, height: 2820, margin: 90 });
  expect(markBox(photo, 1, 0.1)).toEqual({ width: 3400, height: 2400, margin: 300 });
  expect(markBox({ width: 1, height: 1 }, 0.01, 0.5)).toEqual({ width: 1, height: 1, margin: 0 });
});

test.each([
  ['top-left', '90,90'],
  ['center', '1500,1400'],
  ['right', '2910,1400'],
  ['bottom', '1500,2710'],
] as const)('a watermark at %s is placed at %s', (position, expected) => {
  const { left, top } = markPlace(photo, { width: 1000, height: 200 }, position, 90);
  expect(`${left},${top}`).toBe(expected);
});
