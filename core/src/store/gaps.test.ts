// Which numbers are waited for, and for how long.
import { expect, test } from 'vitest';
import { Gaps } from './gaps.ts';

test('a missing number is awaited for a second after a later one appears', () => {
  const gaps = new Gaps();
  gaps.saw(7, 0);
  expect([gaps.mayPass(5, 7, 0), gaps.mayPass(5, 7, 999), gaps.mayPass(5, 7, 1_000)]).toEqual([false, false, true]);
  expect(gaps.missing(1_000)).toEqual([5, 6]);
});

test('a gap noticed later is awaited from then on', () => {
  const gaps = new Gaps();
  gaps.saw(7, 0);
  gaps.saw(9, 600);
  expect(gaps.mayPass(5, 7, 1_000)).toBe(true);
  gaps.passed(7);
  expect([gaps.mayPass(8, 9, 1_000), gaps.mayPass(8, 9, 1_600)]).toEqual([false, true]);
});

test('a clock that is set back does not delay what follows a gap', () => {
  const gaps = new Gaps();
  gaps.saw(7, 1_000_000);
  expect(gaps.mayPass(5, 7, 0)).toBe(true);
});

test('a number that was passed over is looked for once, for ten minutes at most, and only among the newest thousand', () => {
  const gaps = new Gaps();
  gaps.saw(3, 0);
  gaps.mayPass(1, 3, 1_000);
  gaps.found(1);
  expect(gaps.missing(2_000)).toEqual([2]);
  expect(gaps.missing(602_000)).toEqual([]);
  gaps.saw(9_000_000, 700_000);
  gaps.mayPass(4, 9_000_000, 800_000);
  expect([gaps.missing(800_000).length, gaps.missing(800_000)[0]]).toEqual([1_000, 8_999_000]);
});
