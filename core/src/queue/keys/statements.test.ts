// What jobs with keys cost beside others: statements for an addition, a claim and an end. On SQLite, where each can be seen.
import BetterSqlite3 from 'better-sqlite3';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type CoreKit, openCore } from '../../../test/core-kit.ts';

const statement = Object.getPrototypeOf(new BetterSqlite3(':memory:').prepare('select 1'));

let kit: CoreKit;
let sent: string[];
let end: () => void;
beforeEach(async () => {
  kit = await openCore({ queue: { pollInterval: 3_600_000, sweepInterval: 3_600_000, maxConcurrentJobs: 1_000 } });
  const run = () =>
    new Promise<void>((resolve) => {
      end = resolve;
    });
  kit.register('plain', run);
  kit.register('keyed', run, { key: ['n'], unique: {} });
  await kit.core.startWorker();
  await kit.idle();
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

async function during(work: () => Promise<unknown>): Promise<number> {
  sent = [];
  await work();
  await kit.idle();
  return sent.filter((text) => !/^(begin|commit|select \* from "?pwj_events|pragma)/i.test(text)).length;
}

test('a job without a key costs what it did, one with a key four statements more when it is added and three when it ends', async () => {
  const costs = async (type: string) => {
    await during(() => kit.add({ type, data: { n: 0 } }));
    await during(async () => end());
    return [await during(() => kit.add({ type, data: { n: 1 } })), await during(async () => end())];
  };
  const [plainAdd = 0, plainEnd = 0] = await costs('plain');
  const [keyedAdd, keyedEnd] = await costs('keyed');
  // Its row, its idempotency, counts and events; its outcome, counts, events, and what can be claimed next.
  expect([plainAdd, plainEnd]).toEqual([5, 7]);
  expect([keyedAdd, keyedEnd]).toEqual([plainAdd + 4, plainEnd + 3]);
});
