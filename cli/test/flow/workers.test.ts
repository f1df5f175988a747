// Worker processes below a supervisor: real children, real signals, one database.
import type { Job } from '@phraseworks/sdk';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { type Child, startChild } from '../../../test/support/child.ts';
import { jobRows, sharedDatabase } from '../../../test/support/database.ts';
import { post } from '../../../test/support/live-site.ts';

// Any that is free: the same tests run on both engines at once.
const PORT = '0';
const HOUR = 3_600_000;

// Each test starts several processes, also on a machine that has other things to do.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let database: string;
beforeEach(async () => {
  database = await sharedDatabase();
});

function start(workers: number, more: object = {}): Child {
  const site = startChild('../../cli/test/fleet-child.ts', { database, workers, ...more }, { PORT });
  // A supervisor that is killed leaves its processes time for their jobs.
  onTestFinished(() => {
    for (const pid of processesOf(site).filter(isAlive)) process.kill(pid, 'SIGKILL');
  });
  return site;
}

async function add(child: Child, data: object = {}, type = 'hold'): Promise<string> {
  const url = await child.line('ready');
  return ((await (await post(`${url}/api/jobs`, { type, data })).json()) as Job).id;
}

/** The process of each attempt that began. */
const runsOf = (child: Child, id: string): number[] =>
  child.lines.filter((line) => line.startsWith(`running ${id} `)).map((line) => Number(line.split(' ')[2]));

const processesOf = (child: Child): number[] =>
  child.lines.filter((line) => line.startsWith('process ')).map((line) => Number(line.split(' ')[1]));

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

const until = (fact: () => unknown) => expect.poll(fact, { timeout: 30_000, interval: 20 });

test('a job whose worker process is killed runs again on another before the next sweep, and the process is replaced', async () => {
  const site = start(2, { queue: { sweepInterval: HOUR } });
  const id = await add(site);
  await until(() => runsOf(site, id).length).toBe(1);
  await until(() => processesOf(site).length).toBe(3);
  const [first = 0] = runsOf(site, id);
  process.kill(first, 'SIGKILL');
  await until(() => runsOf(site, id).length).toBe(2);
  expect(new Set(runsOf(site, id)).size).toBe(2);
  expect(await jobRows(database)).toMatchObject([{ id, state: 'processing', attempt: 1, crashes: 1 }]);
  await until(() => processesOf(site).length).toBe(4);
  expect(site.errors()).toMatch(/Worker process [12] was ended by SIGKILL: the next one starts now\./);
});

test('SIGTERM lets the running jobs of all processes finish, and leaves no process behind', async () => {
  const site = start(2, { queue: { maxConcurrentJobs: 1 } });
  const ids = [await add(site, { ms: 400 }), await add(site, { ms: 400 })];
  await until(() => ids.map((id) => runsOf(site, id).length)).toEqual([1, 1]);
  for (let n = 0; n < 5; n += 1) site.signal('SIGTERM');
  expect(await site.over).toBe(0);
  expect((await jobRows(database)).map(({ state, attempt }) => ({ state, attempt }))).toEqual([
    { state: 'completed', attempt: 1 },
    { state: 'completed', attempt: 1 },
  ]);
  expect(processesOf(site).filter(isAlive)).toEqual([]);
  expect(site.errors()).toBe('');
});

test('a second SIGTERM is passed on: running jobs are released without a retry or a crash, and no process is left', async () => {
  const site = start(2);
  const id = await add(site);
  await until(() => runsOf(site, id).length).toBe(1);
  site.signal('SIGTERM');
  await site.line('Stopping:');
  // Signals within a tenth of a second count as one.
  const again = setInterval(() => site.signal('SIGTERM'), 110);
  expect(await site.over).toBe(143);
  clearInterval(again);
  expect(await jobRows(database)).toMatchObject([{ id, state: 'ready', attempt: 0, crashes: 0 }]);
  expect(processesOf(site).filter(isAlive)).toEqual([]);
});

test('the processes of a killed supervisor finish their jobs and exit', async () => {
  const site = start(2);
  const id = await add(site, { ms: 600 });
  await until(() => runsOf(site, id).length).toBe(1);
  await until(() => processesOf(site).length).toBe(3);
  site.signal('SIGKILL');
  await until(() => processesOf(site).filter(isAlive)).toEqual([]);
  expect(await jobRows(database)).toMatchObject([{ id, state: 'completed', attempt: 1, crashes: 0 }]);
});

test('a process that a processor blocks ends after a lease and is replaced, and ends as well when the supervisor was killed', async () => {
  const queue = { leaseDuration: 15_000 };
  // On its own database, so that no other worker takes over its job. Both wait for a lease at the same time.
  const orphaned = start(1, { queue, database: await sharedDatabase() });
  const blocked = await add(orphaned, {}, 'block');
  await until(() => runsOf(orphaned, blocked).length).toBe(1);
  orphaned.signal('SIGKILL');
  const site = start(1, { queue });
  const id = await add(site, {}, 'block');
  await until(() => runsOf(site, id).length).toBe(2);
  expect(site.errors()).toContain(
    'Worker process 1 was ended because a processor blocked it: the next one starts now.',
  );
  expect(await jobRows(database)).toMatchObject([{ id, state: 'processing', crashes: 1 }]);
  await until(() => processesOf(orphaned).filter(isAlive)).toEqual([]);
});

test('SIGTERM to one of the processes lets its jobs finish, and another replaces it', async () => {
  const site = start(1);
  const first = await add(site, { ms: 300 });
  await until(() => runsOf(site, first).length).toBe(1);
  process.kill(runsOf(site, first)[0] ?? 0, 'SIGTERM');
  await site.line(`completed ${first}`);
  const second = await add(site, { ms: 1 });
  await site.line(`completed ${second}`);
  expect((await jobRows(database)).map(({ crashes }) => crashes)).toEqual([0, 0]);
  expect(site.errors()).toContain('Worker process 1 ended with code 0: the next one starts now.');
});
