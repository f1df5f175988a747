// Prefetched jobs: only while jobs are short, and never held for long.
import { describe, expect, test } from 'vitest';
import { ManualClock } from '../../../testing/src/manual-clock.ts';
import type { ClaimedJob } from '../job/record.ts';
import type { Clock } from '../kernel/clock.ts';
import { Prefetch } from './prefetch.ts';

function open() {
  const clock = new ManualClock();
  const back: string[] = [];
  const ahead = new Prefetch(clock, 200, (jobs) => back.push(...jobs.map((job) => job.id)));
  const put = (...ids: string[]) =>
    ahead.put(ids.map((id) => ({ id, lane: id.slice(0, 1), startedAt: clock.now() }) as ClaimedJob));
  const next = (room: (lane: string) => boolean = () => true) => ahead.next(({ lane }) => room(lane))?.id;
  return { clock, back, ahead, put, next };
}

function busy(ahead: Prefetch, jobs: number, duration = 0.1): number {
  for (let i = 0; i < jobs; i += 1) ahead.ended(duration);
  return ahead.room(5);
}

describe('room', () => {
  test('is zero before any job has ended, and when only few have', () => {
    const { ahead } = open();
    expect(ahead.room(5)).toBe(0);
    expect(busy(ahead, 4)).toBe(0);
  });

  test('grows while all slots turn over between two claims, up to the maximum', () => {
    const { ahead } = open();
    expect(Array.from({ length: 7 }, () => busy(ahead, 5))).toEqual([5, 10, 20, 40, 80, 160, 200]);
  });

  test('drops to zero at the first claim with few finished jobs', () => {
    const { ahead } = open();
    busy(ahead, 50);
    expect(busy(ahead, 1)).toBe(0);
  });

  test('stays zero for slow jobs', () => {
    const { ahead } = open();
    expect(busy(ahead, 100, 50)).toBe(0);
    expect(busy(ahead, 3, 0)).toBe(0);
  });
});

describe('prefetched jobs', () => {
  test('start in order, except those whose lane is full', () => {
    const { put, next } = open();
    put('a1', 'a2', 'b1', 'a3');
    expect(next((lane) => lane === 'b')).toBe('b1');
    expect([next(), next(), next(), next()]).toEqual(['a1', 'a2', 'a3', undefined]);
  });

  test('are released after waiting 50 ms, and prefetching stops', async () => {
    const { clock, ahead, back, put, next } = open();
    busy(ahead, 50);
    put('a1', 'a2');
    next();
    put('a3');
    await clock.advance(49);
    expect(back).toEqual([]);
    await clock.advance(1);
    expect([back, ahead.size]).toEqual([['a2', 'a3'], 0]);
    expect(busy(ahead, 3)).toBe(0);
  });

  test('that just arrived are not released with older ones', async () => {
    const { clock, ahead, back, put, next } = open();
    put('a1', 'a2', 'a3');
    next();
    await clock.advance(40);
    put('a4', 'a5');
    next();
    await clock.advance(10);
    expect([back, ahead.size]).toEqual([['a3'], 2]);
    await clock.advance(40);
    expect([back, ahead.size]).toEqual([['a3', 'a4', 'a5'], 0]);
  });

  test('are not released if they start in time', async () => {
    const { clock, back, put, next } = open();
    put('a1');
    for (let i = 2; i < 20; i += 1) {
      put(`a${i}`);
      next();
      await clock.advance(10);
    }
    expect(back).toEqual([]);
  });

  test('are also watched while no job starts', async () => {
    const { clock, back, put } = open();
    put('a1');
    await clock.advance(50);
    expect([back, clock.pending]).toEqual([['a1'], 0]);
  });

  test('are released in time even if the clock was set back two hours', async () => {
    const manual = new ManualClock();
    let shift = 0;
    const clock: Clock = {
      steady: () => 0,
      now: () => manual.now() + shift,
      after: (ms, fn) => manual.after(ms, fn),
      soon: (fn) => manual.soon(fn),
    };
    const back: string[] = [];
    const ahead = new Prefetch(clock, 200, (jobs) => back.push(...jobs.map((job) => job.id)));
    const job = (id: string) => ({ id, lane: 'a', startedAt: clock.now() }) as ClaimedJob;
    ahead.put([job('a1')]);
    shift = -7_200_000;
    await manual.advance(50);
    ahead.put([job('a2')]);
    shift = -9_200_000;
    await manual.advance(100);
    expect(back).toEqual(['a1', 'a2']);
  });

  test('can be removed by a condition, and leave no timer behind', () => {
    const { clock, ahead, put } = open();
    put('a1', 'b1', 'a2');
    expect(ahead.inLane('a')).toBe(2);
    expect(ahead.take((job) => job.lane === 'a').map((job) => job.id)).toEqual(['a1', 'a2']);
    expect([ahead.size, ahead.inLane('a'), ahead.take(() => true).length, clock.pending]).toEqual([1, 0, 1, 0]);
  });
});
