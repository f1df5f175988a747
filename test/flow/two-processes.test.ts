// Two processes on one database: each sees the jobs of the other, can cancel them and sends its clients their events.
import type { Job } from '@phraseworks/sdk';
import { beforeEach, expect, test } from 'vitest';
import { type Child, startChild } from '../support/child.ts';
import { sharedDatabase } from '../support/database.ts';
import { Listener } from '../support/listener.ts';
import { type LiveSite, openLiveSite, post } from '../support/live-site.ts';
import { work } from '../support/work-plugin.ts';

const HOUR = 3_600_000;

let database: string;
let child: Child;
/** Of the other process, which runs the jobs. */
let url: string;
let here: LiveSite;

beforeEach(async () => {
  database = await sharedDatabase();
  // No sweep and no renewal of a lease makes up for news that does not arrive.
  child = startChild('host-child.ts', { database, queue: { sweepInterval: HOUR, leaseDuration: HOUR } });
  url = await child.line('ready');
  here = await openLiveSite({ database, roles: ['web'], plugins: { work: { use: work } } });
  return () => here[Symbol.asyncDispose]();
});

const addThere = async (type: string, data: unknown = {}): Promise<Job> =>
  (await (await post(`${url}/api/jobs`, { type, data })).json()) as Job;

test('a job that runs in the other process is visible here, and a cancel from here stops it there', async () => {
  const { id } = await addThere('hold');
  await child.line(`running ${id}`);
  expect(await here.jobs.getJobStatus(id)).toMatchObject({ status: 'processing', worker: expect.any(String) });
  expect((await here.jobs.listJobs({ status: 'processing' })).jobs.map((job) => job.id)).toEqual([id]);
  expect(await here.jobs.cancelJob(id)).toBe(true);
  expect(await child.line(`aborted ${id}`)).toBe('cancel');
  expect(((await (await fetch(`${url}/api/jobs/${id}`)).json()) as Job).status).toBe('cancelled');
});

test('events of one process reach the WebSocket clients of the other, in the same order with the same ids', async () => {
  await using there = await Listener.open(`${url.replace('http', 'ws')}/ws`);
  await using own = await Listener.open(here.ws);
  const mine = await here.jobs.addJob({ type: 'quick', data: { from: 'here' } });
  const { id } = await addThere('quick', { from: 'there' });
  const over = (ws: Listener) => [mine.id, id].every((job) => ws.of(job).includes('job_completed'));
  await there.until(over);
  await own.until(over);
  expect(own.of(id)).toEqual(['job_added', 'job_started', 'job_completed']);
  expect(there.of(mine.id)).toEqual(['job_added', 'job_started', 'job_completed']);
  expect(there.updates).toEqual(own.updates);
});
