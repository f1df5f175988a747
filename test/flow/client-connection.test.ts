// The browser's client while its connection is cut, frozen, paused, or leads to a restarted server.
import { join } from 'node:path';
import type { JobEvent } from '@phraseworks/sdk';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';
import { type LiveSite, openLiveSite } from '../support/live-site.ts';
import { Page, told } from '../support/page.ts';
import { Wire } from '../support/wire.ts';

let site: LiveSite;
let wire: Wire;
let base: string;

beforeEach(async () => {
  site = await openLiveSite();
  site.jobs.registerProcessor('quick', async () => ({ success: true, result: 'done' }));
  wire = await Wire.to(site.port);
  base = `http://127.0.0.1:${wire.port}/jobs`;
});
afterEach(async () => {
  await wire[Symbol.asyncDispose]();
  await site[Symbol.asyncDispose]();
});

const WHOLE: JobEvent['event'][] = ['job_added', 'job_started', 'job_completed'];

/** Records the events of the type `quick` that a page receives. */
function listener() {
  const heard: JobEvent[] = [];
  let wake = (): void => {};
  return {
    hear: (event: JobEvent) => {
      heard.push(event);
      wake();
    },
    of: (id: string) => heard.filter(({ jobId }) => jobId === id).map(({ event }) => event),
    heard,
    /** Resolves when so many jobs have ended. */
    over: async (jobs: number) => {
      while (heard.filter(({ event }) => event === 'job_completed').length < jobs)
        await new Promise<void>((resolve) => (wake = resolve));
    },
  };
}

const add = async (count: number) =>
  (await site.jobs.addJobs(Array.from({ length: count }, () => ({ type: 'quick', data: {} })))).map(({ id }) => id);

test('events from while the socket was cut arrive afterwards, each once and in order', async () => {
  using page = new Page(base);
  const { hear, of, over } = listener();
  await page.listen({ types: ['quick'] }, hear);
  const ids: string[] = [];
  for (let n = 0; n < 5; n += 1) {
    ids.push(...(await add(20)));
    page.cut();
    ids.push(...(await add(20)));
    await page.state('reconnecting');
    await page.state('live');
  }
  await over(200);
  for (const id of ids) expect(of(id)).toEqual(WHOLE);
  expect(page.tried).toEqual({ socket: 6 });
});

test('a page reconnects to a server restarted on the same port', async () => {
  const database = `sqlite:${join(await temporaryFolder(), 'jobs.db')}`;
  const before = await openLiveSite({ database });
  before.jobs.registerProcessor('quick', async () => ({ success: true }));
  wire.target = before.port;
  using page = new Page(base);
  const job = await page.client.addJob({ type: 'quick', data: {}, delay: 60_000 });
  const events = page.client.followJob(job.id);
  expect((await events.next()).value).toMatchObject({ event: 'job_added' });
  wire.target = 0;
  await before[Symbol.asyncDispose]();
  await page.state('reconnecting');

  await using after = await openLiveSite({ database });
  after.jobs.registerProcessor('quick', async () => ({ success: true }));
  await after.jobs.runJob(job.id);
  await after.ended(job.id);
  wire.target = after.port;
  expect(await told(events)).toEqual(['job_started 1', 'job_completed 1']);
  expect(new Set(page.states)).toEqual(new Set(['live', 'reconnecting']));
});

test('an open socket without traffic is detected when the page checks it', async () => {
  using page = new Page(base);
  const { hear, of, over } = listener();
  await page.listen({}, hear);
  wire.freeze();
  const [id = ''] = await add(1);
  page.client.resume();
  await over(1);
  await page.state('live');
  expect(of(id)).toEqual(WHOLE);
  expect(page.states).toEqual(['live', 'reconnecting', 'live']);
});

test('no events arrive during a pause, and all of them arrive afterwards', async () => {
  using page = new Page(base);
  const { hear, of, over, heard } = listener();
  await page.listen({ types: ['quick'] }, hear);
  page.client.pause();
  expect(page.client.state).toBe('paused');
  const ids = await add(3);
  for (const id of ids) await site.ended(id);
  expect(heard).toEqual([]);
  page.client.resume();
  await over(3);
  await page.state('live');
  for (const id of ids) expect(of(id)).toEqual(WHOLE);
  expect(page.states).toEqual(['live', 'paused', 'reconnecting', 'live']);
});

test('a page that returns from sleep or from being offline reconnects at once', async () => {
  const events = new EventTarget();
  const { addEventListener } = globalThis as { addEventListener?: unknown };
  Object.assign(globalThis, { addEventListener: events.addEventListener.bind(events) });
  using page = new Page(base, { retryDelay: 600_000 });
  await page.listen({}, () => {});
  wire.target = 0;
  wire.cut();
  await page.state('reconnecting');
  wire.target = site.port;
  events.dispatchEvent(new Event('online'));
  await page.state('live');
  events.dispatchEvent(new Event('pagehide'));
  expect(page.client.state).toBe('reconnecting');
  events.dispatchEvent(new Event('pageshow'));
  await page.state('live');
  page.client.pause();
  events.dispatchEvent(new Event('online'));
  expect(page.client.state).toBe('paused');
  Object.assign(globalThis, { addEventListener });
});

test('a page away for too long gets a resync, and a followed job continues from its history', async () => {
  using page = new Page(base);
  const { id } = await page.client.addJob({ type: 'quick', data: {}, delay: 60_000 });
  const following = told(page.client.followJob(id));
  const resynced = new Promise<void>((resolve) => {
    page.client.subscribe({ types: ['quick'] }, () => {}, { onResync: resolve });
  });
  await page.state('live');
  page.lose = true;
  page.cut();
  await page.state('reconnecting');
  await site.jobs.runJob(id);
  await site.ended(id);
  await resynced;
  expect(await following).toEqual(['job_added 0', 'job_started 1', 'job_completed 1']);
});

test('while it polls, a page learns to fetch its data again, and once more when events arrive', async () => {
  using page = new Page(base, { pollInterval: 20 });
  page.refuse.socket = true;
  const { hear, of, over } = listener();
  const told: string[] = [];
  const more = { onResync: () => told.push('resync'), onReady: () => told.push('ready') };
  page.client.subscribe({ types: ['quick'] }, hear, more);
  await page.state('polling');
  while (told.length < 3) await new Promise((resolve) => setImmediate(resolve));
  expect(new Set(told)).toEqual(new Set(['resync']));
  page.refuse.socket = false;
  page.client.resume();
  await page.state('live');
  while (!told.includes('ready')) await new Promise((resolve) => setImmediate(resolve));
  expect(told.slice(-2)).toEqual(['resync', 'ready']);
  const [id = ''] = await add(1);
  await over(1);
  expect(of(id)).toEqual(WHOLE);
});
