// What is secret in jobs stays so without their plugin: what its types mark is remembered, and of a type that nobody knows all is hidden.
import { join } from 'node:path';
import { definePlugin, discard, type Processor } from '@phraseworks/sdk';
import { createTestJobs, type TestJobs, type TestOptions, type TestUser } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { onMysql, testDatabase } from '../../testing/src/test-database.ts';
import { temporaryFolder } from '../support/folder.ts';
import { Listener } from '../support/listener.ts';
import { openLiveSite } from '../support/live-site.ts';

const CANARY = 'CANARY-of-a-letter';
const MASK = '********';

const letters = (fails = false) =>
  definePlugin({
    name: 'letters',
    init(ctx) {
      if (fails) throw new Error('no post office');
      ctx.registerProcessor('letter', async () => ({ success: true, result: { pages: 1 } }), {
        data: z.object({ to: z.string(), text: z.string().meta({ confidential: true }) }),
      });
    },
  });

const database = async (): Promise<string> =>
  onMysql() ? testDatabase() : `sqlite:${join(await temporaryFolder(), 'jobs.db')}`;

const ask = async (jobs: TestJobs, path: string, as: TestUser) => (await jobs.request(`/api/${path}`, { as })).text();

/** Adds a letter while its plugin is on, then starts the site again with these options. */
async function reopened(options: TestOptions): Promise<{ jobs: TestJobs; id: string }> {
  const place = await database();
  const before = await createTestJobs({ database: place, plugins: { letters: { use: letters() } } });
  const { id } = await before.addJob({ type: 'letter', data: { to: 'ada', text: CANARY } });
  const jobData = { type: 'letter', data: { to: 'ada', text: CANARY } };
  await before.scheduleJob({ name: 'weekly', schedule: '0 9 * * 1', jobData });
  await before.idle();
  await before.stop();
  return { jobs: await createTestJobs({ database: place, onPluginFailure: 'continue', ...options }), id };
}

test.each<[string, TestOptions]>([
  ['off', { plugins: { letters: { use: letters(), enabled: false } } }],
  ['failed', { plugins: { letters: { use: letters(true) } } }],
  ['gone', {}],
])('a field that a plugin marks stays hidden from viewers while the plugin is %s', async (_, options) => {
  const { jobs, id } = await reopened(options);
  await using _jobs = jobs;
  for (const path of [`jobs/${id}`, 'jobs', 'schedules/weekly', `jobs?q=${CANARY}`, `jobs?q=data.text:CANARY`]) {
    expect([path, await ask(jobs, path, 'user')]).toEqual([path, expect.not.stringContaining(CANARY)]);
    expect([path, await ask(jobs, path, 'admin')]).toEqual([path, expect.stringContaining(CANARY)]);
  }
  expect(JSON.parse(await ask(jobs, `jobs/${id}`, 'user'))).toMatchObject({
    data: { to: 'ada', text: MASK },
    result: { pages: 1 },
  });
});

test('what the application marks stays hidden where it does not register the type', async () => {
  const place = await database();
  const before = await createTestJobs({ database: place, start: false });
  before.registerProcessor('note', async () => {}, {
    data: z.object({ to: z.string(), text: z.string().meta({ secret: true }) }),
  });
  await before.start();
  const { id } = await before.addJob({ type: 'note', data: { to: 'ada', text: CANARY } });
  await before.stop();
  await using jobs = await createTestJobs({ database: place });
  expect(JSON.parse(await ask(jobs, `jobs/${id}`, 'user'))).toMatchObject({ data: { to: 'ada', text: MASK } });
});

/** Jobs of types that nobody ever stored, with whatever their processors and who added them can put somewhere; the site runs on without them. */
async function leftBehind(): Promise<{ place: string; ids: string[] }> {
  const place = await database();
  await using jobs = await createTestJobs({ database: place });
  const types: Record<string, Processor> = {
    works: async () => ({ success: true, result: CANARY, message: CANARY }),
    fails: async () => ({ success: false, error: CANARY, retryable: false }),
    drops: async () => {
      throw discard(CANARY);
    },
  };
  const ids: string[] = [];
  for (const [type, end] of Object.entries(types)) {
    jobs.registerProcessor(type, async (data, id, attempt, job) => {
      job.log.info(CANARY);
      await job.once(CANARY, async () => CANARY);
      await job.progress({ percentage: 5, message: CANARY });
      await jobs.recordJobMetrics(id, { said: CANARY });
      return end(data, id, attempt, job);
    });
    ids.push((await jobs.addJob({ type, data: { text: CANARY }, maxRetries: 0 })).id);
  }
  await jobs.scheduleJob({ name: 'weekly', schedule: '0 9 * * 1', jobData: { type: 'works', data: CANARY } });
  await jobs.idle();
  return { place, ids };
}

test('of a type that nothing is known of, viewers see neither data nor anything that its processor wrote', async () => {
  const { place, ids } = await leftBehind();
  await using jobs = await createTestJobs({ database: place });
  const parts = ['', '/history', '/logs', '/receipts', '/why', '/view', '/links'];
  const paths = [
    ...ids.flatMap((id) => parts.map((part) => `jobs/${id}${part}`)),
    ...['jobs', 'failures', 'schedules', 'schedules/weekly', `jobs?q=${CANARY}`, `jobs?q=error:${CANARY}`],
  ];
  let whole = '';
  for (const path of paths) {
    expect([path, await ask(jobs, path, 'user')]).toEqual([path, expect.not.stringContaining(CANARY)]);
    whole += await ask(jobs, path, 'admin');
  }
  expect(whole.split(CANARY).length).toBeGreaterThan(20);
  for (const q of [CANARY, 'data.text:canary', `error:${CANARY}`])
    expect(JSON.parse(await ask(jobs, `jobs?q=${q}`, 'user'))).toMatchObject({ jobs: [] });
  const [works] = ids;
  expect(JSON.parse(await ask(jobs, `jobs/${works}`, 'user'))).toMatchObject({
    ...{ type: 'works', status: 'completed', data: MASK, result: MASK, message: MASK, metrics: MASK },
    progress: { percentage: 5, message: MASK },
  });
});

test('events of a type that nothing is known of say only what happened, live and replayed', async () => {
  const { place, ids } = await leftBehind();
  await using site = await openLiveSite({ database: place, authorize: (_c, action) => action !== 'operate' });
  await using late = await Listener.open(`${site.ws}?since=0`);
  for (const id of ids) await late.until((ws) => ws.of(id).some((event) => /completed|failed|cancelled/.test(event)));
  expect(JSON.stringify(late.heard)).not.toContain(CANARY);
  await using whole = await openLiveSite({ database: place });
  await using operator = await Listener.open(`${whole.ws}?since=0`);
  await operator.until((ws) => ws.of(ids[2] ?? '').includes('job_cancelled'));
  expect(JSON.stringify(operator.heard)).toContain(CANARY);
});
