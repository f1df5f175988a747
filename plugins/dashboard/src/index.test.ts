// The contract that every plugin passes, and the parts of other plugins in the layout.
import { definePlugin, Pages } from '@phraseworks/sdk';
import { createTestJobs, pluginContract } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import dashboard from './index.ts';

pluginContract(dashboard);

test('the navigation links the description of the API while a plugin provides one', async () => {
  const docs = definePlugin({
    name: 'docs',
    pagesAt: '/api/docs',
    needs: { pages: Pages },
    init: ({ needs: { pages } }) => void pages.get('/', (c) => c.text('docs')),
  });
  await using jobs = await createTestJobs({ plugins: { dashboard: { use: dashboard }, docs: { use: docs } } });
  const navigation = async () => (await (await jobs.request('/')).text()).match(/<nav id="sections".*<\/nav>/s)?.[0];
  expect(await navigation()).toContain('href="/jobs/api/docs"');
  await jobs.plugins.disable('docs');
  expect(await navigation()).not.toContain('api/docs');
});
