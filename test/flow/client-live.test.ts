// The browser's client: events of jobs, over whatever connection there is.

import type { JobEvent } from '@phraseworks/sdk';
import { createClient } from '@phraseworks/sdk/client';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type LiveSite, openLiveSite } from '../support/live-site.ts';
import { Page, told } from '../support/page.ts';

let site: LiveSite;
/** Lets the next job of the type `step` go on. */
let step: () => void;

beforeEach(async () => {
  site = await openLiveSite();
  const steps: (() => void)[] = [];
  step = () => steps.shift()?.();
  site.jobs.registerProcessor('quick', async (_data, _id, attempt) =>
    attempt === 1 ? { success: false, error: 'not yet', retryDelay: 0 } : { success: true, result: attempt },
  );
  site.jobs.registerProcessor('step', async (_data, _id, _attempt, job) => {
    await job.progress({ percentage: 10 });
    await new Promise<void>((resolve) => steps.push(resolve));
    await job.progress({ percentage: 90 });
  });
});
afterEach(() => site[Symbol.asyncDispose]());

const WHOLE = ['job_added 0', 'job_started 1', 'job_retry 1', 'job_started 2', 'job_completed 2'];
const ways = [
  ['a WebSocket', 'live', { socket: false }],
  ['looks, where sockets are refused', 'polling', { socket: true }],
] as const;

describe.each(ways)('by %s', (_, state, refuse) => {
  const open = () => {
    const page = new Page(site.url);
    Object.assign(page.refuse, refuse);
    return page;
  };

  test('a job is followed from its first event to its last', async () => {
    using page = open();
    const { id } = await page.client.addJob({ type: 'quick', data: {} });
    expect(await told(page.client.followJob(id))).toEqual(WHOLE);
    expect(page.states).toContain(state);
  });

  test('a job that has already finished is reported from its history', async () => {
    using page = open();
    const { id } = await page.client.addJob({ type: 'quick', data: {} });
    await site.ended(id);
    const events: JobEvent[] = [];
    for await (const event of page.client.followJob(id)) events.push(event);
    expect(events.map(({ event, attempt }) => `${event} ${attempt}`)).toEqual(WHOLE);
    expect(events.at(-1)).toMatchObject({ jobId: id, jobType: 'quick', status: 'completed', result: 2, plugin: null });
    expect(events[2]).toMatchObject({ error: 'not yet' });
  });

  test('a follower that joins a running job gets its progress', async () => {
    using page = open();
    const { id } = await page.client.addJob({ type: 'step', data: {} });
    for await (const { progress } of page.client.followJob(id)) {
      if (progress?.percentage === 10) break;
    }
    const events: (number | string)[] = [];
    for await (const { event, progress } of page.client.followJob(id)) {
      events.push(progress?.percentage ?? event);
      if (progress?.percentage === 10) step();
    }
    expect(events).toEqual(expect.arrayContaining(['job_added', 'job_started', 10, 'job_completed']));
  });

  test('an iterator ends when its job is removed', async () => {
    using page = new Page(site.url, { checkInterval: 50 });
    Object.assign(page.refuse, refuse);
    const { id } = await page.client.addJob({ type: 'quick', data: {}, delay: 60_000 });
    const seen: string[] = [];
    for await (const { event } of page.client.followJob(id)) {
      seen.push(event);
      if (event === 'job_added') await site.jobs.deleteJob(id);
    }
    expect(seen).toEqual(['job_added']);
  });

  test('following an unknown job is an error', async () => {
    using page = open();
    await expect(told(page.client.followJob('no-such-job'))).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' });
  });
});

describe('with `every`', () => {
  test('a page receives the first event, then one notice that there were more', async () => {
    using page = new Page(site.url, { every: 200 });
    const heard: string[] = [];
    const resynced = new Promise<void>((resolve) => {
      page.client.subscribe({}, ({ event }) => heard.push(event), { onResync: resolve });
    });
    await page.state('live');
    await site.jobs.addJobs(
      [{ type: 'quick' }, { type: 'quick' }, { type: 'quick' }].map((one) => ({ ...one, data: {} })),
    );
    await resynced;
    expect(heard).toEqual(['job_added']);
  });

  test('a job is still followed from its first event to its last', async () => {
    using page = new Page(site.url, { every: 200 });
    const { id } = await page.client.addJob({ type: 'quick', data: {} });
    expect(await told(page.client.followJob(id))).toEqual(WHOLE);
  });
});

describe('one page', () => {
  test('uses one socket for all its followers, subscribed to what they need', async () => {
    using page = new Page(site.url);
    const heard: [string[], string[], string[]] = [[], [], []];
    const add = async () => (await page.client.addJob({ type: 'quick', data: {}, delay: 60_000 })).id;
    const [a, b] = [await add(), await add()];
    await page.listen({ jobs: [a] }, ({ event }) => heard[0].push(event));
    await page.listen({ jobs: [b] }, ({ event }) => heard[1].push(event));
    for (const id of [a, b]) await site.jobs.runJob(id);
    expect(await Promise.all([a, b].map((id) => told(page.client.followJob(id))))).toEqual([WHOLE, WHOLE]);
    const ws = page.client.initWebSocket('tab-1', ({ type }) => heard[2].push(type));
    await page.listen({}, () => {});
    await told(page.client.followJob(await add().then((id) => site.jobs.runJob(id).then(() => id))));
    expect(page.tried).toEqual({ socket: 1 });
    expect(heard[0].at(-1)).toBe('job_completed');
    expect(heard[1]).toEqual(heard[0]);
    expect(heard[2].length).toBeGreaterThan(0);
    ws.close();
  });

  test('keeps receiving events when it also follows impossible ids', async () => {
    using page = new Page(site.url);
    const { id } = await page.client.addJob({ type: 'quick', data: {}, delay: 60_000 });
    const heard: string[] = [];
    await page.listen({ jobs: ['a'] }, () => {});
    for (const none of ['', 'a'.repeat(192)])
      await expect(told(page.client.followJob(none))).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' });
    await page.listen({ jobs: ['', id], types: ['a'.repeat(192)] }, ({ event }) => heard.push(event));
    await site.jobs.runJob(id);
    expect(await told(page.client.followJob(id))).toEqual(WHOLE);
    expect(heard.at(-1)).toBe('job_completed');
    expect(page.tried).toEqual({ socket: 1 });
  });

  test('subscribes to everything if more than a hundred jobs are followed', async () => {
    using page = new Page(site.url);
    const jobs = await Promise.all(
      Array.from({ length: 120 }, () => page.client.addJob({ type: 'quick', data: {}, delay: 300 })),
    );
    const all = await Promise.all(jobs.map(({ id }) => told(page.client.followJob(id))));
    expect(new Set(all.map((events) => events.join()))).toEqual(new Set([WHOLE.join()]));
    expect(page.tried.socket).toBe(1);
  });

  test('disconnects shortly after the last follower has left, and reconnects for the next', async () => {
    using page = new Page(site.url);
    const { id } = await page.client.addJob({ type: 'quick', data: {} });
    await told(page.client.followJob(id));
    await new Promise((resolve) => page.sockets[0]?.once('close', resolve));
    expect(page.client.state).toBe('reconnecting');
    expect(await told(page.client.followJob(id))).toEqual(WHOLE);
    expect(page.tried.socket).toBe(2);
  });

  test('a handler that throws does not affect the others', async () => {
    const thrown = new Promise((resolve) => process.once('uncaughtException', resolve));
    using page = new Page(site.url);
    const mistake = new Error('a mistake in a handler');
    let isFirst = true;
    await page.listen({}, () => {
      if (!isFirst) return;
      isFirst = false;
      throw mistake;
    });
    const { id } = await page.client.addJob({ type: 'quick', data: {} });
    expect(await told(page.client.followJob(id))).toEqual(WHOLE);
    expect(await thrown).toBe(mistake);
  });

  test('the code of the specification receives its updates', async () => {
    const client = createClient({ base: site.url, WebSocket });
    const { initWebSocket } = client;
    const tabId = 'tab-1';
    const shown: unknown[] = [];
    await new Promise<void>((resolve) => {
      const updateJobUI = (jobId: string, status: string, result: unknown) => {
        shown.push([jobId, status, result]);
        if (status === 'completed') resolve();
      };

      const handleJobUpdate = (message: Parameters<Parameters<typeof initWebSocket>[1]>[0]) => {
        if (message.type === 'job_update') {
          const { jobId, status, result } = message.data;
          updateJobUI(jobId, status, result);
        }
      };

      const ws = initWebSocket(tabId, handleJobUpdate);
      expect(ws.close).toBeTypeOf('function');
      client.onState((state) => state === 'live' && client.addJob({ type: 'quick', data: {} }));
    });
    expect(shown.at(-1)).toEqual([expect.any(String), 'completed', 2]);
    client.close();
  });
});
