// When a file is not compacted: too little space, or processes that would wait too long.
import { expect, test } from 'vitest';
import { whyNot } from './compact.ts';

const MB = 1_000_000;

test.each([
  ['there is just room for it', { used: 50 * MB, free: 100 * MB }, 0, null],
  ['the disk lacks room', { used: 50 * MB, free: 99 * MB }, 0, /100\.0 MB must be free .* 99\.0 MB are/],
  ['it is small, and processes work', { used: 100 * MB, free: 900 * MB }, 2, null],
  ['it is large, and a process works', { used: 101 * MB, free: 900 * MB }, 1, /^A process works .*Stop the site/],
  ['it is large, and nobody works', { used: 101 * MB, free: 900 * MB }, 0, null],
] as const)('when %s', (_name, room, living, refused) => {
  const why = whyNot({ ...room, size: 500 * MB }, living);
  if (refused === null) expect(why).toBeNull();
  else expect(why).toMatch(refused);
});
