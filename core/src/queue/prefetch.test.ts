// Prefetched jobs: only while jobs are short, and never held for long.

import { describe, expect, test } from 'vitest';
import { ManualClock } from '../../../testing/src/manual-clock.ts';
import { shiftedClock } from '../../test/shifted-clock.ts';
import type { ClaimedJob } from '../job/record.ts';
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

describe('prefetched jobs', () => {
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

  test('are released in time even if the clock was set back two hours', async () => {
    const manual = new ManualClock();
    const clock = shiftedClock(manual);
    const back: string[] = [];
    const ahead = new Prefetch(clock, 200, (jobs) => back.push(...jobs.map((job) => job.id)));
    const job = (id: string) => ({ id, lane: 'a', startedAt: clock.now() }) as ClaimedJob;
    ahead.put([job('a1')]);
    clock.shift = -7_200_000;
    await manual.advance(50);
    ahead.put([job('a2')]);
    clock.shift = -9_200_000;
    await manual.advance(100);
    expect(back).toEqual(['a1', 'a2']);
  });
});
