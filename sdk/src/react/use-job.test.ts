// One job in a component: shown while it runs, with no more requests than needed, and cleaned up afterwards.
import { version } from 'react';
import { expect, test, vi } from 'vitest';
import { rendered } from '../../test/rendered.ts';
import { openSteps } from '../../test/steps.ts';
import { useConnection, useJob } from './index.ts';

const shown = { timeout: 20_000, interval: 10 };

test('these tests run on the intended version of React', () => {
  expect(version.split('.')[0]).toBe(process.env.JOBS_TEST_REACT ?? '19');
});

test('a job is shown from its start and progress to its result', async () => {
  const { client, add, attempt } = await openSteps();
  const id = await add();
  const page = rendered(client, () => useJob(id));
  expect((await page.until(({ job }) => job !== null)).loading).toBe(false);
  const { running, end } = await attempt(id);
  await page.until(({ job }) => job?.status === 'processing');
  await running.progress({ percentage: 40, message: 'nearly half' });
  const { job } = await page.until((now) => now.job?.progress?.percentage === 40);
  expect(`${job}`).toBe('processing');
  end({ success: true, result: { words: 7 } });
  const over = await page.until((now) => now.job?.status === 'completed');
  expect(over).toMatchObject({ job: { id, result: { words: 7 } }, loading: false, error: null });
  expect(page.shown[0]).toMatchObject({ job: null, loading: true, error: null });
});

test('a job requeued after its end is followed again', async () => {
  const { client, site, add, attempt } = await openSteps();
  const id = await add();
  const page = rendered(client, () => useJob(id));
  (await attempt(id)).end({ success: false, error: 'out of paper', retryable: false });
  expect((await page.until(({ job }) => job?.status === 'failed')).job?.error).toBe('out of paper');
  const before = page.shown.length;
  await site.jobs.retryJob(id);
  await page.until((now) => now.job?.status === 'processing' && page.shown.indexOf(now) > before);
});

test('a job that joins a live page misses nothing, however soon it ends', async () => {
  const { client, add, attempt } = await openSteps();
  const [first, second] = [await add(), await add()];
  const page = rendered(client, () => [useJob(first).job, useConnection()]);
  await page.until(([job, state]) => job !== null && state === 'live');
  const another = rendered(client, () => useJob(second));
  await another.until(({ job }) => job?.status === 'processing');
  (await attempt(second)).end({ success: true });
  await another.until(({ job }) => job?.status === 'completed');
});

test('components that show the same job share their requests and one socket, and close it', async () => {
  const { client, asked, open, add, attempt } = await openSteps();
  const id = await add();
  await attempt(id);
  const page = rendered(client, () => [useJob(id), useJob(id)]);
  const another = rendered(client, () => useJob(id));
  await Promise.all([page.until((jobs) => jobs.every(({ job }) => job)), another.until(({ job }) => job !== null)]);
  await vi.waitFor(() => expect(open()).toHaveLength(1), shown);
  // Once for the first sight, and once when its events come.
  expect(asked.filter((request) => request === `GET /api/jobs/${id}`).length).toBeLessThanOrEqual(2);
  page.leave();
  another.leave();
  await vi.waitFor(() => expect(open()).toEqual([]), shown);
});

test('an unreachable server is an error with a code, and the job stays on the page', async () => {
  const { client, site, add, attempt } = await openSteps();
  const id = await add();
  await attempt(id);
  const page = rendered(client, () => useJob(id));
  const { refresh } = await page.until(({ job }) => job !== null);
  await site[Symbol.asyncDispose]();
  refresh();
  expect(await page.until(({ error }) => error !== null)).toMatchObject({
    job: { id },
    error: { code: 'UNAVAILABLE' },
  });
});
