// What jobs that others wait for, and jobs of batches, cost beside others. On SQLite, where each statement can be seen.
import BetterSqlite3 from 'better-sqlite3';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type CoreKit, openCore } from '../../../test/core-kit.ts';

const statement = Object.getPrototypeOf(new BetterSqlite3(':memory:').prepare('select 1'));

let kit: CoreKit;
let sent: string[] = [];
let end: () => void;
beforeEach(async () => {
  kit = await openCore({ queue: { pollInterval: 3_600_000, sweepInterval: 3_600_000, maxConcurrentJobs: 1 } });
  const run = () =>
    new Promise<void>((resolve) => {
      end = resolve;
    });
  for (const type of ['plain', 'linked']) kit.register(type, run);
  await kit.core.startWorker();
  await rest();
  for (const name of ['run', 'all', 'get'] as const) {
    const original = statement[name];
    vi.spyOn(statement, name).mockImplementation(function (this: { source: string }, ...values: unknown[]) {
      sent.push(this.source);
      return original.apply(this, values);
    });
  }
});
afterEach(async () => {
  vi.restoreAllMocks();
  await kit.close();
});

/** Until nothing is sent any more. */
async function rest(): Promise<void> {
  for (let still = 0, before = -1; still < 5; before = sent.length) {
    await kit.idle();
    await kit.clock.advance(10);
    still = sent.length === before ? still + 1 : 0;
  }
}

async function during(work: () => unknown): Promise<string[]> {
  sent = [];
  await work();
  await rest();
  return sent.filter((text) => !/^(begin|commit|select \* from "?pwj_events|pragma)/i.test(text));
}

const APP = { plugin: null };

const jobs = (type: string, n: number) => Array.from({ length: n }, () => ({ type, data: null }));

/** Of the end of a job behind which another one is claimed. */
async function endOf(add: () => Promise<unknown>, n: number): Promise<number> {
  await add();
  await rest();
  await during(() => end());
  const cost = await during(() => end());
  for (let left = n - 2; left > 0; left -= 1) await during(() => end());
  return cost.length;
}

test('a job that nothing waits for costs what it did; the end of one before another costs five statements more, of one in a batch two and then four reads', async () => {
  const plain = () => endOf(() => kit.core.queue.addMany(jobs('plain', 3), APP), 3);
  const before = await plain();
  const graph = { a: jobs('linked', 1)[0], b: jobs('linked', 1)[0], c: jobs('linked', 1)[0] };
  Object.assign(graph.b as object, { after: ['a'] });
  Object.assign(graph.c as object, { after: ['b'] });
  const chained = await endOf(() => kit.core.queue.addGraph(graph as never, APP), 3);
  const member = await endOf(() => kit.core.batches.add({ name: 'x' }, jobs('linked', 3), () => APP), 3);
  expect([await plain(), chained, member]).toEqual([before, before + 5, before + 2 + 4]);
});
