// Crops without a picture: those that do not fit, and the smallest.
import { expect, test } from 'vitest';
import { cropBox, cropSize, largest } from './box.ts';
import type { Crop } from './operations.ts';

const photo = { width: 4000, height: 3000 };
const CENTER = { x: 0.5, y: 0.5 };
const crop = (more: Omit<Crop, 'type'>): Crop => ({ type: 'crop', ...more });

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
