// Commits whose answer is lost on its way: with and without idempotency keys each job is there once, and runs once.
import type { JobsHost } from '@phraseworks/jobs';
import { expect, test, vi } from 'vitest';
import type { NetworkProxy } from './proxy.ts';
import { proxyOfTest, serverOfFile } from './rig.ts';
import { seeded } from './seeded.ts';
import { askDirectly, siteOfTest } from './site.ts';

vi.setConfig({ testTimeout: 180_000 });

const JOBS = 500;
const CHANCE = 0.1;

const server = serverOfFile();

async function stand(name: string): Promise<{ proxy: NetworkProxy; url: string; ask: Ask }> {
  const ask = await askDirectly(server().port);
  await ask(`create database ${name} character set utf8mb4`);
  await ask(`use ${name}`);
  const proxy = await proxyOfTest(() => server().port, seeded(12));
  return { proxy, url: `mysql://root@127.0.0.1:${proxy.port}/${name}`, ask };
}
type Ask = Awaited<ReturnType<typeof askDirectly>>;

/** Two processes add half of the numbers each, one after the other: as many commits as jobs. */
async function each(add: (n: number, half: 0 | 1) => Promise<unknown>): Promise<void> {
  const run = async (half: 0 | 1): Promise<void> => {
    for (let n: number = half; n < JOBS; n += 2) await add(n, half);
  };
  await Promise.all([run(0), run(1)]);
}

const two = async (url: string): Promise<JobsHost[]> => {
  const sites = [await siteOfTest(url, { roles: ['web'] }), await siteOfTest(url, { roles: ['web'] })];
  return sites.map(({ jobs }) => jobs);
};

/** A caller that retries until it gets an answer. */
async function stubborn(work: () => Promise<unknown>): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return void (await work());
    } catch (error) {
      if (tries === 20) throw error;
    }
  }
}

const found = async (ask: Ask) =>
  (
    await ask(
      "select count(*) as jobs, count(distinct json_value(data, '$.n')) as different, (select sum(n) from pwj_counts) as counted from pwj_jobs",
    )
  ).map(({ jobs, different, counted }) => [jobs, different, Number(counted)])[0];

test('jobs with idempotency keys exist once, however often they are added again', async () => {
  const { proxy, url, ask } = await stand('keyed');
  const sites = await two(url);
  await proxy.become({ kind: 'swallow', chance: CHANCE });
  await each((n, half) =>
    stubborn(async () => sites[half]?.addJob({ type: 't', data: { n }, idempotencyKey: `key ${n}` })),
  );
  await proxy.become({ kind: 'pass' });
  expect(proxy.swallowed).toBeGreaterThan(20);
  expect(await found(ask)).toEqual([JOBS, JOBS, JOBS]);
});

test('jobs without keys also exist once: the outcome is looked up, and no caller notices', async () => {
  const { proxy, url, ask } = await stand('plain');
  const sites = await two(url);
  await proxy.become({ kind: 'swallow', chance: CHANCE });
  await each(async (n, half) => sites[half]?.addJob({ type: 't', data: { n } }));
  await proxy.become({ kind: 'pass' });
  expect(proxy.swallowed).toBeGreaterThan(20);
  expect(await found(ask)).toEqual([JOBS, JOBS, JOBS]);
});

test('if every answer is lost, the caller learns that the outcome is unknown, and nothing is stored twice', async () => {
  const { proxy, url, ask } = await stand('blind');
  const { jobs } = await siteOfTest(url, { roles: ['web'] });
  await proxy.become({ kind: 'swallow', chance: 1 });
  await expect(jobs.addJob({ type: 't', data: { n: 0 } })).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: expect.stringContaining('which may have been stored or not'),
  });
  await proxy.become({ kind: 'pass' });
  await jobs.addJob({ type: 't', data: { n: 1 } });
  expect(await found(ask)).toEqual([2, 2, 2]);
});

test('jobs run once although the answers to their claims and outcomes are lost', async () => {
  const { proxy, url, ask } = await stand('worked');
  let runs = 0;
  const { jobs } = await siteOfTest(url, { queue: { maxConcurrentJobs: 5 } });
  jobs.registerProcessor('count', async () => {
    runs += 1;
    return { success: true };
  });
  await proxy.become({ kind: 'swallow', chance: CHANCE });
  const n = 200;
  for (let i = 0; i < n; i += 1) await jobs.addJob({ type: 'count', data: { n: i } });
  const done = async () => (await ask("select count(*) as n from pwj_jobs where state = 'completed'"))[0]?.n;
  await expect.poll(done, { timeout: 90_000, interval: 200 }).toBe(n);
  expect([runs, await ask('select max(run) as runs, max(attempt) as attempts from pwj_jobs')]).toEqual([
    n,
    [{ runs: 1, attempts: 1 }],
  ]);
  expect(proxy.swallowed).toBeGreaterThan(10);
});
