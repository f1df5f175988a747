// Sizes: the results of a resize, computed without a picture.
import { expect, test } from 'vitest';
import type { Resize } from './operations.ts';
import { targetOf } from './plan.ts';

const photo = { width: 4032, height: 3024 };
const icon = { width: 40, height: 30 };
const resize = (more: Omit<Resize, 'type'>): Resize => ({ type: 'resize', ...more });

test.each([
  ['both sides: exactly these, cut to fit', photo, { width: 800, height: 600 }, '800x600 cover'],
  ['both sides of a smaller picture: exactly these', icon, { width: 800, height: 600 }, '800x600 cover'],
  ['contain', photo, { width: 500, height: 500, fit: 'contain' }, '500x500 contain'],
  ['a width keeps the ratio', photo, { width: 800 }, '800x600 fill'],
  ['a width over that of the picture leaves it', icon, { width: 800 }, '40x30 fill'],
  ['inside', photo, { width: 1000, height: 600, fit: 'inside' }, '800x600 fill'],
  ['inside a larger box leaves it', icon, { width: 800, height: 800, fit: 'inside' }, '40x30 fill'],
  ['enlarge refused with both sides', icon, { width: 800, height: 600, enlarge: false }, '40x30 fill'],
  ['a sliver keeps one pixel', { width: 5000, height: 1 }, { width: 10 }, '10x1 fill'],
] as const)('%s', (_what, size, more, expected) => {
  const { width, height, fit } = targetOf(size, resize(more));
  expect(`${width}x${height} ${fit}`).toBe(expected);
});
