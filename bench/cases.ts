// What is measured of each side. Every case opens a new database, checks what it did, and answers one figure.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Side } from './side.ts';

export interface Figure {
  value: number;
  unit: 'jobs/s' | 'ms' | 'msg/s' | 'queries/s';
  /** Further figures of the same run. */
  more?: Record<string, number>;
}

export interface Case {
  name: string;
  better: 'more' | 'less';
  run(side: Side, jobs: number): Promise<Figure>;
}

/** Cases after which every job must be completed. */
export const WORKS: ReadonlySet<string> = new Set(['drain', 'end to end', 'pickup']);

/** The rate, and the processor time of one job: the second one hardly moves when the machine is busy. */
async function timed(jobs: number, work: () => Promise<void>): Promise<Figure & { more: Record<string, number> }> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await work();
  const value = jobs / ((performance.now() - start) / 1_000);
  const { user, system } = process.cpuUsage(cpu);
  return { value, unit: 'jobs/s', more: { 'CPU us per job': (user + system) / jobs } };
}

/** Resolves `all` after so many jobs; one job too many is an error. */
export function counter(expected: number) {
  let seen = 0;
  let finish: () => void = () => {};
  const all = new Promise<void>((resolve) => {
    finish = resolve;
  });
  return {
    all,
    hit: () => {
      seen += 1;
      if (seen === expected) finish();
      if (seen > expected) throw new Error('more jobs ran than were added');
    },
  };
}

/** The share of the jobs that only warms up what is measured: caches, compilers, the disk. */
export const WARM_UP = 0.5;

export async function inFlight(side: Side, jobs: number, callers: number): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (next < jobs) {
        next += 1;
        await side.add(next);
      }
    }),
  );
}

/** Stores jobs, a thousand at a time where the side can. */
export async function fill(side: Side, jobs: number): Promise<void> {
  for (let from = 0; from < jobs; from += 1_000) {
    const ns = Array.from({ length: Math.min(1_000, jobs - from) }, (_, i) => from + i);
    if (side.addMany) await side.addMany(ns);
    else for (const n of ns) await side.add(n);
  }
}

export const CASES: Case[] = [
  {
    name: 'enqueue 1',
    better: 'more',
    run: async (side, jobs) => {
      const warm = Math.round(jobs * WARM_UP);
      for (let n = 0; n < warm; n += 1) await side.add(n);
      return timed(jobs - warm, async () => {
        for (let n = warm; n < jobs; n += 1) await side.add(n);
      });
    },
  },
  {
    name: '100 in flight',
    better: 'more',
    run: async (side, jobs) => {
      const warm = Math.round(jobs * WARM_UP);
      await inFlight(side, warm, 100);
      return timed(jobs - warm, () => inFlight(side, jobs - warm, 100));
    },
  },
  {
    name: 'bulk 1,000',
    better: 'more',
    run: (side, jobs) => timed(jobs, () => fill(side, jobs)),
  },
  {
    name: 'drain',
    better: 'more',
    run: async (side, jobs) => {
      await fill(side, jobs);
      const { all, hit } = counter(jobs);
      const delay = monitorEventLoopDelay({ resolution: 1 });
      delay.enable();
      const figure = await timed(jobs, async () => {
        await side.work(hit, 10);
        await all;
      });
      delay.disable();
      Object.assign(figure.more, {
        'loop delay p99 ms': delay.percentile(99) / 1e6,
        'loop delay max ms': delay.max / 1e6,
        'RSS MB': process.memoryUsage.rss() / 1e6,
      });
      return figure;
    },
  },
  {
    name: 'end to end',
    better: 'more',
    run: async (side, jobs) => {
      const { all, hit } = counter(jobs);
      await side.work(hit, 10);
      const warm = Math.round(jobs * WARM_UP);
      await inFlight(side, warm, 100);
      return timed(jobs - warm, async () => {
        await inFlight(side, jobs - warm, 100);
        await all;
      });
    },
  },
  {
    name: 'pickup',
    better: 'less',
    run: async (side, jobs) => {
      let picked: () => void = () => {};
      await side.work(() => picked(), 1);
      const times: number[] = [];
      for (let n = 0; n < jobs; n += 1) {
        const start = performance.now();
        const ran = new Promise<void>((resolve) => {
          picked = resolve;
        });
        void side.add(n);
        await ran;
        if (n >= jobs * WARM_UP) times.push(performance.now() - start);
        await new Promise((resolve) => setTimeout(resolve, 3));
      }
      times.sort((a, b) => a - b);
      return {
        value: times[Math.floor(times.length / 2)] as number,
        unit: 'ms',
        more: { 'p95 ms': times[Math.floor(times.length * 0.95)] as number },
      };
    },
  },
];
