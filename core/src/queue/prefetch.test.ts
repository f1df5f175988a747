// Prefetched jobs: only while jobs are short, and never held for long.

import { describe, expect, test } from 'vitest';
import { ManualClock } from '../../../testing/src/manual-clock.ts';
import type { ClaimedJob } from '../job/record.ts';
import { Prefetch } from './prefetch.ts';

function open(clock = new ManualClock()) {
  const back: string[] = [];
  const ahead = new Prefetch({ clock, most: 200, release: (jobs) => back.push(...jobs.map((job) => job.id)) });
  const put = (...ids: string[]) => {
    const startedAt = clock.now();
    ahead.put(ids.map((id) => ({ id, startedAt }) as ClaimedJob));
  };
  return { clock, back, ahead, put };
}

function busy(ahead: Prefetch, jobs: number, duration = 0.1): number {
  for (let i = 0; i < jobs; i += 1) ahead.ended(duration);
  return ahead.room(5);
}

describe('prefetched jobs', () => {
  test('are released after waiting 50 ms, and prefetching stops', async () => {
    const { clock, ahead, back, put } = open();
    busy(ahead, 50);
    put('a1', 'a2');
    ahead.next(() => true);
    put('a3');
    await clock.advance(49);
    expect(back).toEqual([]);
    await clock.advance(1);
    expect([back, ahead.size]).toEqual([['a2', 'a3'], 0]);
    expect(busy(ahead, 3)).toBe(0);
  });

  test('are not lost if their time is up while the late ones are picked', async () => {
    // A millisecond passes with each look at it.
    class PassingClock extends ManualClock {
      override now(): number {
        this.jump(1);
        return super.now();
      }
    }
    const { clock, ahead, back, put } = open(new PassingClock());
    put('a0');
    await clock.advance(20);
    put(...Array.from({ length: 39 }, (_, n) => `a${n + 1}`));
    await clock.advance(30);
    await clock.advance(50);
    expect([new Set(back).size, back.length, ahead.size]).toEqual([40, 40, 0]);
  });
});
