import { expect, test } from 'vitest';
import { createTurns } from './turns.ts';

/** A process whose time the test spends. */
function rig() {
  const use = { now: 0, worked: 0, idle: 0 };
  let places = 0;
  const turnOf = createTurns(
    () => ({ ...use }),
    () => `place ${++places}`,
  );
  const spend = (kind: 'worked' | 'idle', ms: number): void => {
    use[kind] += ms;
    use.now += ms;
  };
  return { turnOf, spend };
}

test('a tab alone is never put off', () => {
  const { turnOf, spend } = rig();
  for (let i = 0; i < 10; i += 1) {
    expect(turnOf().wait).toBe(0);
    spend('worked', 2_500);
  }
});

test('many tabs take turns in the order in which they ask', () => {
  const { turnOf } = rig();
  const waits = Array.from({ length: 300 }, () => turnOf().wait);
  expect(waits[0]).toBe(0);
  expect(waits).toEqual([...waits].sort((a, b) => a - b));
  expect(waits[100]).toBe(100 * 60);
});

test('a tab that returns in its turn is served, unless the process has become busy meanwhile', () => {
  const { turnOf, spend } = rig();
  turnOf();
  const [second, third] = [turnOf(), turnOf()];
  spend('idle', second.wait);
  expect(turnOf(second.place).wait).toBe(0);
  spend('worked', third.wait - second.wait);
  const later = turnOf(third.place);
  expect([later.place, later.wait > 0]).toEqual([third.place, true]);
});

test('turns that came while the process was idle are not all taken when jobs come', () => {
  const { turnOf, spend } = rig();
  const places = Array.from({ length: 200 }, () => turnOf().place);
  spend('idle', 15_000);
  const served = places.map((place) => {
    spend('worked', 75);
    return turnOf(place).wait;
  });
  const most = 3 + (200 * 75 * 0.02) / 30;
  expect(served.filter((wait) => wait === 0).length).toBeLessThanOrEqual(most + 1);
});

test('a process that waits half of the time while it works spends about a fortieth of it on updates', () => {
  const { turnOf, spend } = rig();
  turnOf();
  let served = 0;
  let { place } = turnOf();
  for (let ms = 0; ms < 10_000; ms += 10) {
    spend(ms % 20 === 0 ? 'worked' : 'idle', 10);
    const next = turnOf(place);
    if (next.wait > 0) continue;
    served += 1;
    ({ place } = turnOf());
  }
  expect(served).toBeGreaterThan(10);
  expect(served * 15).toBeLessThan(300);
});

/** How often each tab is updated if it asks like the browser's script: after the wait it was given, and 2.5 seconds after each update. */
function watch({ turnOf, spend }: ReturnType<typeof rig>, tabs: number, ms: number, kind: 'worked' | 'idle'): number[] {
  const all = Array.from({ length: tabs }, (_, index) => ({ at: index * 12, place: '', served: 0 }));
  for (let now = 0; now < ms; now += 10) {
    for (const tab of all) {
      if (tab.at > now) continue;
      const { place, wait } = turnOf(tab.place);
      tab.place = wait > 0 ? place : '';
      tab.at = now + (wait || 2_500);
      if (wait === 0) tab.served += 1;
    }
    spend(kind, 10);
  }
  return all.map(({ served }) => served);
}

test.each([
  [10, 60_000],
  [200, 1_200_000],
])('each of %i tabs of a busy process is served as often as the others', (tabs, ms) => {
  const served = watch(rig(), tabs, ms, 'worked');
  expect(Math.min(...served)).toBeGreaterThanOrEqual(3);
  expect(Math.max(...served) - Math.min(...served)).toBeLessThanOrEqual(1);
});

test('a tab that closes, or makes up a place, does not keep the others waiting', () => {
  const { turnOf, spend } = rig();
  turnOf();
  for (let closed = 0; closed < 100; closed += 1) turnOf('place 0');
  const { place } = turnOf('place 1');
  spend('worked', 15_000);
  expect(turnOf(place).wait).toBe(15_000);
  spend('worked', 6_000);
  expect(turnOf(place).wait).toBe(0);
});
