// The page of limits: use, who waits, and the form of administrators.
import { definePlugin } from '@phraseworks/sdk';
import { createTestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import dashboard from '../index.ts';

async function open() {
  const ends: (() => void)[] = [];
  const lasting = () => new Promise<void>((resolve) => void ends.push(resolve));
  const ai = definePlugin({
    name: 'ai',
    init: (ctx) => {
      ctx.registerProcessor('ask', lasting, { limit: { concurrency: 1, rate: { n: 60, per: '1 minute' } } });
      ctx.registerProcessor('send', lasting, { limit: { concurrency: 1, by: 'tenant' } });
    },
  });
  const jobs = await createTestJobs({ plugins: { ai: { use: ai }, dashboard: { use: dashboard } } });
  for (let n = 0; n < 3; n += 1) {
    await jobs.addJob({ type: 'ask', data: {} });
    await jobs.addJob({ type: 'send', data: { tenant: n === 0 ? 'ada' : 'bob' } });
  }
  await expect.poll(async () => (await jobs.getQueueMetrics()).processing).toBe(3);
  const html = async (as: 'admin' | 'user' = 'admin') => (await jobs.request('/limits', { as })).text();
  const post = (query: string, body: string, as: 'admin' | 'user' = 'admin') =>
    jobs.request(`/limits?${query}`, {
      as,
      method: 'POST',
      body,
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' },
    });
  return {
    jobs,
    html,
    post,
    [Symbol.asyncDispose]: async () => {
      for (const end of ends) end();
      await jobs.stop();
    },
  };
}

const textOf = (html: string): string => html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');

test('each limit shows what is used and who waits', async () => {
  await using site = await open();
  const text = textOf(await site.html());
  expect(text).toMatch(/ask .*At once 1 Rate 60 in 1 min Running 1 of 1 Started 1 of 60 .*Waiting 2 jobs/);
  expect(text).toMatch(/At once 1 for each tenant Running 2 Waiting 1 job .*bob 1 1 no/);
});

test('administrators change the numbers, and reset them', async () => {
  await using site = await open();
  const answer = await site.post('name=ask&step=change', 'concurrency=2&n=5&per=90+seconds');
  expect([answer.status, answer.headers.get('location')]).toEqual([303, '/jobs/limits?notice=limit.change']);
  const of = async () => (await site.jobs.limits.list()).find(({ name }) => name === 'ask');
  expect(await of()).toMatchObject({ concurrency: 2, rate: { n: 5, per: 90_000 }, isChanged: true });
  await site.post('name=ask&step=reset', '');
  expect(await of()).toMatchObject({ concurrency: 1, isChanged: false });
  const refused = await site.post('name=ask&step=change', 'concurrency=2&n=5&per=soon');
  expect(refused.status).toBe(400);
  expect(await refused.text()).toMatch(/name="per" value="soon"[^>]* aria-invalid="true"\/><small class="error">/);
});

test('others see no form, and cannot post one', async () => {
  await using site = await open();
  expect(await site.html('user')).not.toContain('<form method="post" action="/jobs/limits');
  const answer = await site.post('name=ask&step=change', 'concurrency=9', 'user');
  expect(answer.headers.get('location')).toBe('/jobs/limits?refused=FORBIDDEN');
});
