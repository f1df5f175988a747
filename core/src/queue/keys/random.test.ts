// Random sequences of additions, ends and cancels of jobs with keys, against what must always hold.
import { expect, test } from 'vitest';
import { type CoreKit, openCore } from '../../../test/core-kit.ts';

/** Mulberry32. */
function chance(seed: number): (below: number) => number {
  let a = seed;
  return (below) => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((((t ^ (t >>> 14)) >>> 0) / 4_294_967_296) * below) | 0;
  };
}

const MODES = {
  serial: {},
  keep: { unique: {} },
  replace: { unique: { onConflict: 'replace' } },
  active: { unique: { while: 'active' } },
  quiet: { unique: { onConflict: 'replace', quiet: 500, maxWait: 2_000 } },
} as const;
type Mode = keyof typeof MODES;

interface Run {
  id: string;
  key: string;
  n: number;
  end: (fails: boolean) => void;
}

async function sequence(mode: Mode, seed: number): Promise<void> {
  const pick = chance(seed);
  const kit: CoreKit = await openCore({ queue: { maxConcurrentJobs: 4 } });
  const running = new Map<string, Run>();
  const began: Run[] = [];
  let isOver = false;
  const wrong: string[] = [];
  kit.register(
    't',
    (async ({ key, n }: { key: string; n: number }, id: string) => {
      for (const other of running.values()) if (other.key === key) wrong.push(`two of ${key}: ${other.n} and ${n}`);
      if (isOver) return;
      await new Promise<void>((resolve, reject) => {
        const end = (fails: boolean): void => {
          running.delete(id);
          if (fails) reject(new Error('no'));
          else resolve();
        };
        const run: Run = { id, key, n, end };
        running.set(id, run);
        began.push(run);
      });
    }) as never,
    { key: ['key'], maxRetries: 1, retryDelay: 200, ...MODES[mode] } as never,
  );
  await kit.core.startWorker();
  const added: { id: string; key: string; n: number; outcome: string }[] = [];
  for (let step = 0; step < 30; step += 1) {
    const what = pick(10);
    if (what < 5) {
      const jobs = Array.from({ length: 1 + pick(3) }, () => ({
        type: 't',
        data: { key: 'abc'[pick(3)] as string, n: added.length + step * 100 },
      }));
      const answers = await kit.core.queue.addMany(jobs, { plugin: null });
      for (const [i, job] of answers.entries())
        added.push({
          ...(jobs[i] as { data: { key: string; n: number } }).data,
          id: job.id,
          outcome: String((job as { outcome?: string }).outcome),
        });
    } else if (what < 8) {
      const list = [...running.values()];
      list[pick(list.length)]?.end(pick(3) === 0);
    } else if (what < 9) {
      const one = added[pick(added.length)];
      if (one) await kit.core.actions.cancel(one.id, null);
    } else await kit.clock.advance(pick(800));
    await kit.core.writes?.committed?.();
  }
  isOver = true;
  for (let i = 0; i < 60; i += 1) {
    for (const run of running.values()) run.end(false);
    await kit.clock.advance(1_000);
  }
  await kit.idle();
  const rows = await kit.dialect.reader.selectFrom('pwj_jobs').select(['id', 'state', 'reason']).execute();
  await kit.close();
  expect(wrong).toEqual([]);
  expect(rows.filter(({ state }) => !['completed', 'cancelled', 'failed'].includes(state))).toEqual([]);
  if (mode === 'serial') {
    const firsts = [...new Map(began.map((run) => [run.id, run])).values()];
    for (const key of 'abc') {
      const order = firsts.filter((run) => run.key === key).map(({ id }) => id);
      const wanted = added.filter((one) => one.key === key).map(({ id }) => id);
      expect(order).toEqual(wanted.filter((id) => order.includes(id)));
    }
  }
}

const FIRST = Number(process.env.KEYS_SEED ?? 1);
const COUNT = Number(process.env.KEYS_COUNT ?? 8);
for (const mode of Object.keys(MODES) as Mode[])
  test(`${COUNT} random sequences of jobs with keys: ${mode}`, { timeout: 600_000 }, async () => {
    for (let i = 0; i < COUNT; i += 1) {
      try {
        await sequence(mode, FIRST + i);
      } catch (error) {
        throw new Error(`seed ${FIRST + i}`, { cause: error });
      }
    }
  });
