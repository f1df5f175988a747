// A claim that starts after the last one, and the moments at which it returns to the head.
import { beforeEach, expect, test } from 'vitest';
import { ClaimCursors } from './claim-cursor.ts';

let cursors: ClaimCursors;
beforeEach(() => {
  cursors = new ClaimCursors();
});
const full = (start: string | null, last: string, now: number) =>
  cursors.ended('mail', 2, now, { start, last, full: true });

test('the first claim starts at the head, the next one where the first ended', () => {
  expect(cursors.start('mail', 2, 0)).toBeNull();
  full(null, 'b', 0);
  expect(cursors.start('mail', 2, 10)).toBe('b');
  full('b', 'd', 10);
  expect(cursors.start('mail', 2, 20)).toBe('d');
});

test('a claim returns to the head a second after it last started there, however busy it is', () => {
  full(null, 'b', 0);
  for (let now = 100; now < 1_000; now += 100) full(cursors.start('mail', 2, now), `${now}`, now);
  expect(cursors.start('mail', 2, 999)).toBe('900');
  expect(cursors.start('mail', 2, 1_000)).toBeNull();
});

const known = (now: number, ...lanes: string[]) => {
  const { heads, unknown } = cursors.heads(lanes, now);
  return [[...heads], unknown];
};

test('a lane counts as empty for new jobs for only 10 ms, and not after an addition', () => {
  cursors.found('mail', null, 0);
  expect([cursors.isEmpty('mail', 9), cursors.isEmpty('mail', 10), cursors.isEmpty('image', 1)]).toEqual([
    true,
    false,
    false,
  ]);
  cursors.rewind('added');
  expect(cursors.isEmpty('mail', 1)).toBe(false);
});

test('added jobs are looked for at once, returned ones from the head', () => {
  cursors.found('mail', 2, 0);
  full(null, 'b', 0);
  cursors.rewind('added');
  expect([known(1, 'mail'), cursors.start('mail', 2, 1)]).toEqual([[[], ['mail']], 'b']);
  cursors.rewind('returned');
  expect(cursors.start('mail', 2, 1)).toBeNull();
});
