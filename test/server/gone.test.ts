// A server that is killed or frozen under load: nothing acknowledged is lost, no attempt is used up, and work continues by itself.
import { beforeEach, expect, test, vi } from 'vitest';
import { findServer, NO_SERVER } from './binaries.ts';
import { loadOn, pass } from './load.ts';
import { skipWhere } from './missing.ts';
import { serverOfTest } from './rig.ts';
import { type Site, siteOfTest } from './site.ts';

vi.setConfig({ testTimeout: 180_000 });

const FULL = process.env.JOBS_TEST_FULL === '1';
const KILLS = FULL ? 5 : 2;
/** How long the server is frozen, in milliseconds: longer than a statement may take, and than a lease. */
const STILL = FULL ? 60_000 : 12_000;

beforeEach((context) => skipWhere(findServer() === undefined, NO_SERVER, context));

/** A job that runs while it happens. */
async function longJob({ jobs }: Site): Promise<{ id: string; end: () => void; runs: () => number }> {
  const ends = new AbortController();
  let runs = 0;
  jobs.registerProcessor('long', async (_data, _id, _attempt, { signal }) => {
    runs += 1;
    await new Promise<void>((resolve, reject) => {
      if (ends.signal.aborted) resolve();
      ends.signal.addEventListener('abort', () => resolve());
      signal.addEventListener('abort', () => reject(signal.reason));
    });
  });
  const { id } = await jobs.addJob({ type: 'long', data: {}, maxRetries: 0 });
  await expect.poll(() => runs).toBe(1);
  return { id, end: () => ends.abort(), runs: () => runs };
}

async function whileItIsKilled(): Promise<void> {
  const server = await serverOfTest();
  const site = await siteOfTest(server.url);
  const long = await longJob(site);
  const load = loadOn(site);
  for (let kills = 0; kills < KILLS; kills += 1) {
    await load.more(30);
    await server.kill('SIGKILL');
    await pass(1_000);
    await server.restart();
  }
  long.end();
  await load.heals(server.port);
  expect(new Set(load.refused)).toEqual(new Set(['UNAVAILABLE']));
  expect([long.runs(), (await site.jobs.getJobStatus(long.id))?.status]).toEqual([1, 'completed']);
  expect(site.said.length).toBeLessThanOrEqual(2);
}

async function whileItIsFrozen(): Promise<void> {
  const server = await serverOfTest();
  const site = await siteOfTest(server.url);
  const long = await longJob(site);
  const load = loadOn(site);
  await load.more(30);
  await server.kill('SIGSTOP');
  await pass(STILL);
  await server.kill('SIGCONT');
  long.end();
  await load.heals(server.port);
  // An addition whose commit was in progress is looked up, and may be answered when the server continues.
  expect(load.refused.filter((code) => code !== 'UNAVAILABLE')).toEqual([]);
  expect(await site.jobs.getJobStatus(long.id)).toMatchObject({ status: 'completed', attempt: 1 });
  expect(site.said.filter((line) => line.includes('not available')).length).toBeLessThanOrEqual(FULL ? 3 : 1);
}

// Beside each other: both mostly wait.
test('a server killed under load and restarted has lost nothing, a frozen one is waited for, and jobs continue', () =>
  Promise.all([whileItIsKilled(), whileItIsFrozen()]));
