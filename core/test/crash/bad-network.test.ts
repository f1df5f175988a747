// A real server behind a bad network: answers that are lost, sockets that carry nothing, and a network that is not there.
import { JobsError, type NewJob } from '@phraseworks/sdk';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { findServer, NO_SERVER } from '../../../test/server/binaries.ts';
import { startServer, type TestServer } from '../../../test/server/mariadb.ts';
import { skipWhere } from '../../../test/server/missing.ts';
import { type NetworkProxy, startProxy } from '../../../test/server/proxy.ts';
import { seeded } from '../../../test/server/seeded.ts';
import type { Engine } from '../../src/engine.ts';
import { realEngine } from './real-engine.ts';

const missing = findServer() === undefined;
let server: TestServer;
let proxy: NetworkProxy;

beforeAll(async () => {
  if (!missing) server = await startServer();
});
afterAll(() => server?.stop());
beforeEach(async (context) => {
  skipWhere(missing, NO_SERVER, context);
  proxy = await startProxy(() => server.port, seeded(5));
  onTestFinished(() => proxy.close());
});

/** How often each job ran, by its number. */
const runs = new Map<number, number>();

async function engineAt(port: number): Promise<Engine> {
  const engine = await realEngine(`mysql://root@127.0.0.1:${port}/jobs`, {});
  engine.registry.register({
    type: 'job',
    plugin: null,
    options: {},
    enter: (fn) => fn(),
    processor: async (data) => {
      const { n } = data as { n: number };
      runs.set(n, (runs.get(n) ?? 0) + 1);
    },
  });
  await engine.open();
  onTestFinished(async () => {
    await engine.stopWorker(0);
    await engine.close();
  });
  return engine;
}

const isAway = (error: unknown): boolean => error instanceof JobsError && error.code === 'UNAVAILABLE';

/** As a careful caller does it: again, until it is acknowledged. */
async function untilTold<T>(write: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (!isAway(error)) throw error;
    }
  }
}

const addUntilTold = async (engine: Engine, job: NewJob): Promise<string> =>
  (await untilTold(() => engine.queue.add(job, { plugin: null }))).id;

/** Five callers share the work. */
async function addAll(engine: Engine, jobs: readonly NewJob[]): Promise<void> {
  const left = [...jobs];
  const caller = async (): Promise<void> => {
    for (let job = left.pop(); job; job = left.pop()) await addUntilTold(engine, job);
  };
  await Promise.all([1, 2, 3, 4, 5].map(caller));
}

async function rowsOf(engine: Engine, lane: string): Promise<{ state: string }[]> {
  const { reader } = engine.ledger.dialect;
  return reader.selectFrom('pwj_jobs').select('state').where('idempotency_key', 'like', `${lane}-%`).execute();
}

test('of 500 jobs each is added once, though one answer in ten is lost', async () => {
  const engine = await engineAt(proxy.port);
  await proxy.become({ kind: 'swallow', chance: 0.1 });
  const jobs = Array.from({ length: 500 }, (_, n) => ({ type: 'job', data: { n }, idempotencyKey: `once-${n}` }));
  await addAll(engine, jobs);
  await proxy.become({ kind: 'pass' });
  console.log(`${proxy.swallowed} answers lost, ${(await rowsOf(engine, 'once')).length} rows`);
  expect(proxy.swallowed).toBeGreaterThan(5);
  expect(await rowsOf(engine, 'once')).toHaveLength(500);
}, 120_000);

test('the same caller is seen to write twice where nobody looks up what became of a commit', async () => {
  const engine = await engineAt(proxy.port);
  const { dialect } = engine.ledger;
  const row = { at: 1, node: 'control', events: '[]' };
  const write = (): Promise<unknown> =>
    dialect.transaction(({ db }) => db.insertInto('pwj_events').values(row).execute());
  await proxy.become({ kind: 'swallow', chance: 0.1 });
  for (let n = 0; n < 200; n += 1) await untilTold(write);
  await proxy.become({ kind: 'pass' });
  const rows = await dialect.reader.selectFrom('pwj_events').select('seq').where('node', '=', 'control').execute();
  console.log(`${proxy.swallowed} answers lost, ${rows.length} rows of 200`);
  expect(rows.length).toBeGreaterThan(200);
}, 120_000);

test('a worker whose answers are lost runs each job once and tells once that it is completed', async () => {
  const direct = await engineAt(server.port);
  const engine = await engineAt(proxy.port);
  const ids = new Set<string>();
  for (let n = 1_000; n < 1_200; n += 1)
    ids.add(await addUntilTold(direct, { type: 'job', data: { n }, idempotencyKey: `run-${n}` }));
  const told = new Map<string, number>();
  direct.ledger.onCommit((events) => {
    for (const { event } of events)
      if (event.event === 'job_completed' && ids.has(event.jobId))
        told.set(event.jobId, (told.get(event.jobId) ?? 0) + 1);
  });
  direct.startListening();
  await proxy.become({ kind: 'swallow', chance: 0.3 });
  await engine.startWorker();
  await expect.poll(() => told.size, { timeout: 100_000, interval: 100 }).toBe(200);
  await proxy.become({ kind: 'pass' });
  console.log(`${proxy.swallowed} answers lost`);
  expect(proxy.swallowed).toBeGreaterThan(0);
  expect([...told.values()].every((n) => n === 1)).toBe(true);
  expect((await rowsOf(direct, 'run')).every(({ state }) => state === 'completed')).toBe(true);
  const mine = [...runs].filter(([n]) => n >= 1_000 && n < 1_200);
  expect(mine).toHaveLength(200);
  expect(mine.filter(([, times]) => times > 1)).toEqual([]);
}, 120_000);

test('with sockets that carry nothing the caller is told within 20 s, and the next job is added as soon as they do again', async () => {
  const engine = await engineAt(proxy.port);
  await proxy.become({ kind: 'halfOpen' });
  const begun = performance.now();
  const job = { type: 'job', data: { n: -1 } };
  await expect(engine.queue.add(job, { plugin: null })).rejects.toSatisfy(isAway);
  console.log(`told after ${Math.round(performance.now() - begun)} ms`);
  expect(performance.now() - begun).toBeLessThan(20_000);
  await proxy.become({ kind: 'pass' });
  await engine.queue.add(job, { plugin: null });
}, 60_000);

test('with no network the caller is told at once, and a worker goes on by itself when it is back', async () => {
  const engine = await engineAt(proxy.port);
  const direct = await engineAt(server.port);
  await engine.startWorker();
  engine.startListening();
  // What became of a commit in the middle of it would be looked up first, for as long as that takes.
  await engine.writes.committed();
  await proxy.become({ kind: 'refuse' });
  const begun = performance.now();
  await expect(engine.queue.add({ type: 'job', data: { n: -2 } }, { plugin: null })).rejects.toSatisfy(isAway);
  expect(performance.now() - begun).toBeLessThan(2_000);
  await direct.queue.add({ type: 'job', data: { n: 2_000 } }, { plugin: null });
  await proxy.become({ kind: 'pass' });
  await expect.poll(() => runs.get(2_000), { timeout: 10_000 }).toBe(1);
}, 60_000);
