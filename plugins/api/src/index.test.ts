// The API is a plugin like any other, which a site can leave out; but it cannot be disabled over itself.
import { createTestJobs, pluginContract } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import api from './index.ts';

pluginContract(api);

test('a site without it answers /health and /ready, and nothing under /api', async () => {
  await using jobs = await createTestJobs({ plugins: { api: false } });
  const statuses = ['/health', '/ready', '/api/jobs', '/api/me'].map(async (path) => (await jobs.request(path)).status);
  expect(await Promise.all(statuses)).toEqual([200, 200, 404, 404]);
});

test('it cannot be disabled while the site runs', async () => {
  await using jobs = await createTestJobs();
  const refused = await jobs.request('/api/plugins/api/disable', { method: 'POST' });
  expect([refused.status, await refused.text()]).toEqual([409, expect.stringContaining('plugins.api to false')]);
});
