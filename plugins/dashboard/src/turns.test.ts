import { expect, test } from 'vitest';
import { createTurns } from './turns.ts';

/** A process whose time the test spends. */
function rig() {
  const use = { now: 0, worked: 0, idle: 0 };
  const turnOf = createTurns(() => ({ ...use }));
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
  expect(turnOf(second.turn).wait).toBe(0);
  spend('worked', third.wait - second.wait);
  const later = turnOf(third.turn);
  expect([later.turn, later.wait > 0]).toEqual([third.turn, true]);
});

test('turns that came while the process was idle are not all taken when jobs come', () => {
  const { turnOf, spend } = rig();
  const turns = Array.from({ length: 200 }, () => turnOf().turn);
  spend('idle', 15_000);
  const served = turns.map((turn) => {
    spend('worked', 75);
    return turnOf(turn).wait;
  });
  const most = 3 + (200 * 75 * 0.02) / 30;
  expect(served.filter((wait) => wait === 0).length).toBeLessThanOrEqual(most + 1);
});

test('a process that waits half of the time while it works spends about a fortieth of it on updates', () => {
  const { turnOf, spend } = rig();
  turnOf();
  let served = 0;
  let { turn } = turnOf();
  for (let ms = 0; ms < 10_000; ms += 10) {
    spend(ms % 20 === 0 ? 'worked' : 'idle', 10);
    const next = turnOf(turn);
    if (next.wait > 0) continue;
    served += 1;
    ({ turn } = turnOf());
  }
  expect(served).toBeGreaterThan(10);
  expect(served * 15).toBeLessThan(300);
});

test('a tab asks again every 15 seconds, and its turn comes after three minutes at most, however many ask and however busy the process is', () => {
  const { turnOf, spend } = rig();
  spend('worked', 1_000);
  const last = Array.from({ length: 10_000 }, () => turnOf()).at(-1);
  expect(last?.wait).toBe(15_000);
  spend('worked', 165_000);
  expect(turnOf(last?.turn)).toEqual(last);
  spend('worked', 15_000);
  expect(turnOf(last?.turn).wait).toBe(0);
});
