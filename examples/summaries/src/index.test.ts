// How often the model is asked and what is reported, and the suite that every plugin should pass.
import { lend } from '@phraseworks/sdk';
import { createTestJobs, pluginContract } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import summaries, { Model } from './index.ts';

const lent = (summarise: Model['summarise']) => ({ services: [lend(Model, { summarise })] });

pluginContract(summaries, { host: lent(async () => 'short') });

async function open(summarise: Model['summarise'], config: { budget?: number } = {}) {
  const jobs = await createTestJobs({ plugins: { summaries: { use: summaries, config } }, ...lent(summarise) });
  const reports: object[] = [];
  jobs.addAction('summaries:done', (report) => void reports.push(report));
  return { jobs, reports, [Symbol.asyncDispose]: () => jobs.stop() };
}

test('thirty posts cost as many calls a day as the budget allows, and one report when all are done', async () => {
  const calls: number[] = [];
  await using cms = await open(async (post) => `summary ${calls.push(post)}`, { budget: 20 });
  await cms.jobs.doAction('summaries:wanted', { name: 'Archive', posts: Array.from({ length: 30 }, (_, n) => n) });
  await cms.jobs.idle();
  await cms.jobs.advance(86_000_000);
  expect([calls.length, cms.reports]).toEqual([20, []]);
  await cms.jobs.advance(500_000);
  expect(new Set(calls).size).toBe(30);
  expect(cms.reports).toEqual([{ name: 'Archive', total: 30, completed: 30, failed: 0, cancelled: 0 }]);
});

test('a model that is asked too often is left alone for as long as it says, and no attempt is used up', async () => {
  let isBusy = true;
  let calls = 0;
  const model = async () => {
    calls += 1;
    if (isBusy) throw Object.assign(new Error('too many requests'), { retryAfter: 60 });
    return 'short';
  };
  await using cms = await open(model);
  await cms.jobs.doAction('summaries:wanted', { name: 'May', posts: [1] });
  await cms.jobs.idle();
  isBusy = false;
  await cms.jobs.advance(59_000);
  expect(calls).toBe(1);
  await cms.jobs.advance(2_000);
  expect([calls, cms.reports]).toEqual([2, [{ name: 'May', total: 1, completed: 1, failed: 0, cancelled: 0 }]]);
});
