// The page of a job with more values than anybody reads.
import { createTestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import dashboard from '../index.ts';

const nested = Array.from({ length: 30_000 }, () => [[]]);

test('the page of a job with tens of thousands of values shows some, says how many more, and links to all', async () => {
  await using jobs = await createTestJobs({ plugins: { dashboard: { use: dashboard } } });
  jobs.registerProcessor('work', async () => {});
  const { id } = await jobs.addJob({ type: 'work', data: { nested } });
  const page = await (await jobs.request(`/job/${id}?tab=data`)).text();
  expect(page.split('class="leaf').length).toBeLessThan(2_000);
  expect(page).toMatch(/\.\.\. (?:29|30),\d{3} more/);
  expect(page).toContain(`/job/${id}/data.json"`);
  const whole = await (await jobs.request(`/job/${id}/data.json`)).json();
  expect(whole).toEqual({ nested });
});
