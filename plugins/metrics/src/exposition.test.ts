// What Prometheus gets from a whole instance, read by a parser as strict as its own.

import { definePlugin, Pages } from '@phraseworks/sdk';
import { createTestJobs, type TestJobs, type TestOptions } from '@phraseworks/testing';
import { afterEach, describe, expect, test } from 'vitest';
import { type ReadFamily, readExposition } from '../test/prometheus-text.ts';
import { stateOf } from '../test/snapshot.ts';
import { createExposition } from './exposition.ts';
import metrics from './index.ts';
import { ProcessFigures } from './process-figures.ts';

let jobs: TestJobs;
afterEach(() => jobs?.[Symbol.asyncDispose]());

async function scrape(): Promise<Map<string, ReadFamily>> {
  const answer = await jobs.request('/metrics', { as: 'user' });
  expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  return readExposition(await answer.text());
}

const figureOf = (families: Map<string, ReadFamily>, name: string, labels: Record<string, string> = {}) =>
  families
    .get(`phraseworks_jobs${name}`)
    ?.samples.find((sample) => Object.entries(labels).every(([key, value]) => sample.labels[key] === value))?.value;

async function open(options: TestOptions = {}): Promise<void> {
  jobs = await createTestJobs({ plugins: { metrics: { use: metrics } }, ...options });
  jobs.registerProcessor('mail', async (data) => (data ? { success: true } : { success: false, error: 'no' }));
}

describe('the metrics', () => {
  test('show how jobs arrive, end and wait, by type', async () => {
    await open();
    for (const data of [1, 1, 0]) await jobs.addJob({ type: 'mail', data, maxRetries: 0 });
    await jobs.addJob({ type: 'mail', data: 1, delay: 60_000 });
    await jobs.idle();
    const families = await scrape();
    const mail = { type: 'mail' };
    expect(figureOf(families, '_added_total', mail)).toBe(4);
    expect(figureOf(families, '_finished_total', { ...mail, result: 'completed' })).toBe(2);
    expect(figureOf(families, '_finished_total', { ...mail, result: 'failed' })).toBe(1);
    expect(figureOf(families, '', { ...mail, state: 'pending' })).toBe(1);
    expect(figureOf(families, '', { ...mail, state: 'completed' })).toBe(2);
    expect(figureOf(families, '_events_total', { event: 'job_failed' })).toBe(1);
    expect(figureOf(families, '_last_completed_timestamp_seconds', mail)).toBe(jobs.clock.now() / 1_000);
    expect(figureOf(families, '_slots')).toBe(5);
    expect(families.get('phraseworks_jobs_node_heartbeat_age_seconds')?.samples).toHaveLength(1);
  });

  test('have histograms whose buckets rise to the count', async () => {
    await open();
    await jobs.addJob({ type: 'mail', data: 1 });
    await jobs.idle();
    const histograms = [...(await scrape())].filter(([, { type }]) => type === 'histogram');
    expect(histograms.map(([name]) => name.slice('phraseworks_jobs_'.length))).toEqual([
      'wait_seconds',
      'run_seconds',
      'transaction_seconds',
    ]);
    for (const [name, { samples }] of histograms) {
      const buckets = samples.filter((sample) => sample.name === `${name}_bucket`);
      const counts = buckets.map(({ value }) => value);
      expect([...counts].sort((a, b) => a - b)).toEqual(counts);
      expect(buckets.at(-1)?.labels.le).toBe('+Inf');
      expect(counts.at(-1)).toBe(samples.find((sample) => sample.name === `${name}_count`)?.value);
      expect(counts.at(-1)).toBeGreaterThan(0);
    }
  });

  test('continue after the jobs are gone', async () => {
    await open();
    const { id } = await jobs.addJob({ type: 'mail', data: 1 });
    await jobs.idle();
    expect((await jobs.request(`/api/jobs/${id}`, { method: 'DELETE' })).status).toBe(204);
    const families = await scrape();
    expect(figureOf(families, '_finished_total', { type: 'mail', result: 'completed' })).toBe(1);
    expect(figureOf(families, '', { type: 'mail' })).toBeUndefined();
  });

  test('follow the naming rules, each with a description', async () => {
    await open();
    for (const [name, { type, help }] of await scrape()) {
      expect(name).toMatch(/^phraseworks_jobs(_[a-z]+)*$/);
      expect(name.endsWith('_total')).toBe(type === 'counter');
      expect(help).toMatch(/\.$/);
    }
  });

  test('distinguish 200 types, and count the others together', async () => {
    await open();
    const more = Array.from({ length: 205 }, (_, i) => ({ type: `t${i}`, data: 1 }));
    for (const { type } of more) jobs.registerProcessor(type, async () => ({ success: true }));
    await jobs.addJobs(more);
    await jobs.idle();
    const samples = (await scrape()).get('phraseworks_jobs_added_total')?.samples ?? [];
    expect(samples).toHaveLength(200);
    expect(samples.reduce((sum, { value }) => sum + value, 0)).toBe(205);
  });
});

test('a schedule has a series from the start, and only its own jobs count for it', async () => {
  await open();
  let broken = true;
  jobs.registerProcessor('backup', async ({ type }: { type: string }) =>
    type === 'database' && broken ? { success: false, error: 'no', retryable: false } : { success: true },
  );
  for (const type of ['database', 'files'] as const)
    await jobs.scheduleJob({ name: type, schedule: '0 1 * * *', jobData: { type: 'backup', data: { type } } });
  const name = '_schedule_last_completed_timestamp_seconds';
  const lastOf = async (schedule: string) => figureOf(await scrape(), name, { schedule, type: 'backup' });
  expect([await lastOf('database'), await lastOf('files')]).toEqual([0, 0]);
  await jobs.advance(3_600_000);
  const first = await lastOf('files');
  expect(first).toBeGreaterThan(0);
  expect(await lastOf('database')).toBe(0);
  broken = false;
  const idsOf = async (query: string): Promise<string[]> => {
    const answer = (await (await jobs.request(`/api/jobs${query}`)).json()) as { jobs: { id: string }[] };
    return answer.jobs.map(({ id }) => id);
  };
  for (const id of await idsOf('?status=failed')) await jobs.request(`/api/jobs/${id}/retry`, { method: 'POST' });
  await jobs.idle();
  expect(await lastOf('database')).toBeGreaterThan(0);
  for (const id of await idsOf('')) await jobs.request(`/api/jobs/${id}`, { method: 'DELETE' });
  expect(await lastOf('files')).toBe(first);
  await jobs.unscheduleJob('files');
  expect(await lastOf('files')).toBeUndefined();
});

test('are closed to users who may view only some jobs, because they cover all', async () => {
  await open({ authorize: () => ({ user: 'ada', where: { types: ['mail'] } }) });
  expect((await jobs.request('/metrics')).status).toBe(403);
});

test('while the plugin is off, its address is not found and it counts nothing', async () => {
  await open();
  expect((await jobs.request('/metrics')).status).toBe(200);
  await jobs.plugins.disable('metrics');
  expect((await jobs.request('/metrics')).status).toBe(404);
  await jobs.addJob({ type: 'mail', data: 1 });
  await jobs.idle();
  await jobs.plugins.enable('metrics');
  expect(figureOf(await scrape(), '_events_total', { event: 'job_completed' })).toBeUndefined();
});

test('the metrics have their address next to the pages of another plugin', async () => {
  const pages = definePlugin({
    name: 'pages',
    needs: { pages: Pages },
    init: (ctx) => void ctx.needs.pages.get('*', (c) => c.text('a page')),
  });
  await open({ plugins: { pages: { use: pages }, metrics: { use: metrics } } });
  expect(await (await jobs.request('/metrics')).text()).toContain('phraseworks_jobs_info');
  expect((await jobs.request('/metrics/more')).status).toBe(404);
  expect(await (await jobs.request('/metric')).text()).toBe('a page');
});

test('without the library, the answer says what to install', async () => {
  const expose = createExposition(
    async () => stateOf({}),
    new ProcessFigures(),
    () => Promise.reject(new Error('not there')),
  );
  await expect(expose()).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: expect.stringContaining('npm install prom-client'),
  });
});
