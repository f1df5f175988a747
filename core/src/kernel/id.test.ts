// Ids of one process rise, whatever its clock does.
import { expect, test } from 'vitest';
import { systemClock, systemRandom } from './clock.ts';
import { Ids, isId } from './id.ts';

const burst = (ids: Ids, n: number) => Array.from({ length: n }, () => ids.next());

test('a clock that goes back two hours never makes an id that sorts before the last one', () => {
  let now = 1_767_225_600_000;
  const ids = new Ids({ ...systemClock, now: () => now }, systemRandom);
  const list = burst(ids, 10);
  now -= 7_200_000;
  list.push(...burst(ids, 10_000));
  now += 7_200_001;
  list.push(...burst(ids, 10));
  expect(new Set(list).size).toBe(list.length);
  expect(list.toSorted()).toEqual(list);
  expect(list.every(isId)).toBe(true);
});
