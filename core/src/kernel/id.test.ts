// Ids of one process rise, whatever its clock does.
import { expect, test } from 'vitest';
import { ManualClock } from '../../../testing/src/manual-clock.ts';
import { systemClock, systemRandom } from './clock.ts';
import { Ids, isId } from './id.ts';

const burst = (ids: Ids, n: number) => Array.from({ length: n }, () => ids.next());

function expectRising(list: readonly string[]) {
  expect(new Set(list).size).toBe(list.length);
  expect(list.toSorted()).toEqual(list);
  expect(list.every(isId)).toBe(true);
}

test('a burst of 100,000 in one millisecond is unique and sorted', () => {
  expectRising(burst(new Ids(new ManualClock(), systemRandom), 100_000));
});

test('a clock that goes back two hours never makes an id that sorts before the last one', () => {
  let now = 1_767_225_600_000;
  const ids = new Ids({ ...systemClock, now: () => now }, systemRandom);
  const list = burst(ids, 10);
  now -= 7_200_000;
  list.push(...burst(ids, 10_000));
  now += 7_200_001;
  list.push(...burst(ids, 10));
  expectRising(list);
});

test('an id starts with its time and carries version 7 and the RFC variant', () => {
  const ids = new Ids(new ManualClock(0x01_23_45_67_89_ab), systemRandom);
  for (const id of burst(ids, 5_000)) {
    expect(id.slice(14, 15)).toBe('7');
    expect('89ab').toContain(id.slice(19, 20));
  }
  expect(new Ids(new ManualClock(0x01_23_45_67_89_ab), systemRandom).next().slice(0, 13)).toBe('01234567-89ab');
});

test('two generators that start in the same millisecond make different ids', () => {
  const clock = new ManualClock();
  const list = [...burst(new Ids(clock, systemRandom), 2_000), ...burst(new Ids(clock, systemRandom), 2_000)];
  expect(new Set(list).size).toBe(4_000);
});

test.each([
  '',
  '0'.repeat(36),
  '01234567-89ab-4def-8123-456789abcdef',
  '01234567-89AB-7DEF-8123-456789ABCDEF',
  '01234567-89ab-7def-8123-456789abcdef\n',
])('%j is not an id', (text) => {
  expect(isId(text)).toBe(false);
});
