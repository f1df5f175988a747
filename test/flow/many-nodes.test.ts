// A process that only serves the web, and one that only works, on one database: what an operator sees of them, and asks of them.
import type { JobsHost } from '@phraseworks/jobs';
import { beforeEach, expect, test } from 'vitest';
import { type Child, startChild } from '../support/child.ts';
import { sharedDatabase } from '../support/database.ts';
import { type LiveSite, openLiveSite } from '../support/live-site.ts';
import { work } from '../support/work-plugin.ts';

let database: string;
let here: LiveSite;
/** Works, one job at a time. */
let worker: Child;

beforeEach(async () => {
  database = await sharedDatabase();
  here = await openLiveSite({ database, roles: ['web'], plugins: { work: { use: work } } });
  const queue = { maxConcurrentJobs: 1, leaseDuration: 15_000 };
  worker = startChild('host-child.ts', { database, roles: ['worker'], queue });
  await worker.line('ready');
  await expect.poll(async () => (await nodeOf(worker))?.slots).toBe(1);
  return () => here[Symbol.asyncDispose]();
});

type Node = Awaited<ReturnType<JobsHost['nodes']>>[number];

const nodes = async (): Promise<Node[]> =>
  ((await (await fetch(`${here.url}/api/nodes`)).json()) as { nodes: Node[] }).nodes;
const nodeOf = async ({ pid }: { pid: number }): Promise<Node | undefined> =>
  (await nodes()).find((node) => node.pid === pid);
const why = async (id: string): Promise<string | undefined> => (await here.jobs.why(id))?.why;

test('both processes are listed, each with its work', async () => {
  expect(await nodes()).toEqual([
    expect.objectContaining({ pid: process.pid, roles: ['web'], types: [], slots: 0, live: true }),
    expect.objectContaining({
      pid: worker.pid,
      roles: ['worker'],
      types: ['quick', 'hold', 'take', 'jobs.bulk'],
      slots: 1,
      running: 0,
      live: true,
    }),
  ]);
});

test('a process without workers explains why a job waits: its worker is busy, then gone', async () => {
  const first = await here.jobs.addJob({ type: 'hold', data: {} });
  await worker.line(`running ${first.id}`);
  const second = await here.jobs.addJob({ type: 'quick', data: {} });
  await expect.poll(() => why(second.id)).toBe('All 1 slots of 1 worker are busy; it is next in line.');
  expect((await nodeOf(worker))?.running).toBe(1);
  worker.signal('SIGTERM');
  // It waits for what still runs.
  expect(await here.jobs.cancelJob(first.id)).toBe(true);
  expect(await worker.over).toBe(0);
  await expect
    .poll(() => why(second.id))
    .toBe('No running worker can handle this type (0 workers running). Start a worker that has the plugin "work".');
});
