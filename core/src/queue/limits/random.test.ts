// Random sequences of jobs of limited types over two processes, one of which dies, against what must always hold: never more than
// `concurrency` run, in no window of `per` do more than `n` start, and in the end nothing waits. LIMITS_COUNT sequences per limit.
import { join } from 'node:path';
import type { Processor } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { Chance } from '../../../../test/model/chance.ts';
import { temporaryFolder } from '../../../../test/support/folder.ts';
import { ManualClock } from '../../../../testing/src/manual-clock.ts';
import { onMysql } from '../../../../testing/src/test-database.ts';
import { type CoreKit, openCore } from '../../../test/core-kit.ts';

/** A server takes long for the many short steps. */
const COUNT = Number(process.env.LIMITS_COUNT ?? (onMysql() ? 1 : 3));
const LIMITS = {
  concurrency: { concurrency: 2 },
  rate: { rate: { n: 3, per: 2_000 } },
  both: { concurrency: 3, rate: { n: 4, per: 3_000 } },
  'concurrency by value': { concurrency: 2, by: 'tenant' },
  'rate by value': { rate: { n: 2, per: 2_000 }, by: 'tenant' },
  'both by value': { concurrency: 1, rate: { n: 2, per: 3_000 }, by: 'tenant' },
};
type Name = keyof typeof LIMITS;

interface SomeLimit {
  concurrency?: number;
  rate?: { n: number; per: number };
  by?: string;
}

interface Run {
  id: string;
  value: string;
  kit: number;
  end: (how: 'succeeds' | 'fails' | 'closes') => void;
}

/** What the processors saw, and what was wrong with it. */
class Seen {
  readonly running = new Set<Run>();
  readonly wrong: string[] = [];
  readonly #starts: { value: string; at: number }[] = [];
  readonly #closed = new Map<string, number>();
  readonly #limit: SomeLimit;
  readonly #clock: ManualClock;

  constructor(limit: SomeLimit, clock: ManualClock) {
    this.#limit = limit;
    this.#clock = clock;
  }

  #valueOf(tenant: string): string {
    return this.#limit.by ? tenant : '';
  }

  begin(run: Run): void {
    const { concurrency, rate } = this.#limit;
    const now = this.#clock.now();
    const value = this.#valueOf(run.value);
    this.running.add(run);
    const beside = [...this.running].filter((other) => this.#valueOf(other.value) === value).length;
    if (concurrency !== undefined && beside > concurrency)
      this.wrong.push(`${beside} run of ${concurrency} (${value})`);
    this.#starts.push({ value, at: now });
    if (rate) {
      const recent = this.#starts.filter((start) => start.value === value && start.at > now - rate.per).length;
      if (recent > rate.n) this.wrong.push(`${recent} started of ${rate.n} (${value})`);
    }
    if ((this.#closed.get(value) ?? 0) > now) this.wrong.push(`started while closed (${value})`);
  }

  close(tenant: string, until: number): void {
    const value = this.#valueOf(tenant);
    this.#closed.set(value, Math.max(until, this.#closed.get(value) ?? 0));
  }
}

async function sequence(name: Name, seed: number, isLimited = true): Promise<string[]> {
  const chance = new Chance(seed);
  const pick = (below: number): number => chance.below(below);
  const clock = new ManualClock();
  const path = join(await temporaryFolder(), 'jobs.db');
  const seen = new Seen(LIMITS[name], clock);
  let isOver = false;
  const kits: CoreKit[] = [];
  for (let i = 0; i < 2; i += 1) {
    const kit = await openCore({ path, clock, queue: { maxConcurrentJobs: 6, sweepInterval: 1_000 } });
    kits.push(kit);
    const processor = (
      { tenant }: { tenant: string },
      id: string,
      _attempt: number,
      job: { limited: (ms: number) => never; signal: AbortSignal },
    ) =>
      new Promise<void>((resolve, reject) => {
        const run: Run = {
          id,
          value: tenant,
          kit: i,
          end: (how) => {
            seen.running.delete(run);
            if (how === 'succeeds') return resolve();
            if (how === 'fails') return reject(new Error('no'));
            try {
              job.limited(1_000);
            } catch (limited) {
              reject(limited);
            }
          },
        };
        seen.begin(run);
        if (isOver) run.end('succeeds');
        else job.signal.addEventListener('abort', () => run.end('succeeds'));
      });
    kit.register('t', processor as unknown as Processor, {
      maxRetries: 1,
      retryDelay: 300,
      ...(isLimited ? { limit: LIMITS[name] } : {}),
    });
    await kit.core.startWorker();
    kit.core.startListening();
  }
  const settle = async (ms: number) => {
    for (let left = ms; ; left -= 100) {
      for (let i = 0; i < 2; i += 1) for (const kit of kits) await kit.idle();
      if (left <= 0) return;
      await clock.advance(Math.min(left, 100));
    }
  };
  const kit = kits[0] as CoreKit;
  const ids: string[] = [];
  /** What their attempts still say counts no longer. */
  const cancelled = new Set<string>();
  for (let step = 0; step < 25; step += 1) {
    const what = pick(12);
    const one = ids[pick(ids.length || 1)];
    if (what < 4) {
      const jobs = Array.from({ length: 1 + pick(4) }, () => ({
        type: 't',
        data: { tenant: 'abc'[pick(3)] as string },
        ...(pick(4) === 0 ? { delay: pick(900) } : {}),
        ...(pick(4) === 0 ? { priority: 'high' as const } : {}),
      }));
      for (const job of await (kits[pick(2)] ?? kit).core.queue.addMany(jobs, { plugin: null })) ids.push(job.id);
    } else if (what < 7) {
      const list = [...seen.running];
      const run = list[pick(list.length || 1)];
      const how = (['succeeds', 'succeeds', 'fails', 'closes'] as const)[pick(4)] ?? 'succeeds';
      run?.end(how);
      // It counts from the commit on.
      await settle(0);
      if (run && how === 'closes' && isLimited && !cancelled.has(run.id)) seen.close(run.value, clock.now() + 1_000);
    } else if (what < 8 && one) {
      const done = kit.core.actions.cancel(one, null).then(() => cancelled.add(one));
      await done.catch(() => {});
    } else if (what < 9 && one) {
      const done = kit.core.actions.retry(one, { by: null }).then(() => cancelled.delete(one));
      await done.catch(() => {});
    } else if (what < 10 && one) await kit.core.actions.run(one).catch(() => {});
    await settle(pick(6) * 100);
  }
  isOver = true;
  const counts = () => kit.core.reads.counts();
  const waits = ({ state }: { state: string }) => !['completed', 'cancelled', 'failed'].includes(state);
  for (let i = 0; i < 60 && (await counts()).some(waits); i += 1) {
    for (const run of [...seen.running]) run.end('succeeds');
    await settle(500);
  }
  const rows = await kit.dialect.reader.selectFrom('pwj_jobs').select(['id', 'state', 'reason']).execute();
  const left = rows.filter(waits);
  const placed = kit.dialect.reader.selectFrom('pwj_limited').select('job_id');
  // Without `by`, the next claim forgets them.
  const places = await placed.where('value', '!=', '').execute();
  for (const one of kits) await one.close();
  return [
    ...seen.wrong,
    ...left.map(({ state, reason }) => `left ${state} ${reason}`),
    ...places.map(() => 'a place is left'),
  ];
}

for (const [place, name] of (Object.keys(LIMITS) as Name[]).entries())
  test(`a limit of ${name} holds in ${COUNT} random sequences, and nothing is left`, {
    timeout: 3_600_000,
  }, async () => {
    for (let seed = place + 1, n = 0; n < COUNT; n += 1, seed += 10)
      expect(await sequence(name, seed), `seed ${seed}`).toEqual([]);
  });

test('without the limit, the same sequences break it', async () => {
  const wrong = await sequence('both by value', 1, false);
  expect(wrong.length).toBeGreaterThan(0);
});
