// The contract that every plugin passes, and the parts of other plugins in the layout.
import { definePlugin, optional, PageFrame, Pages } from '@phraseworks/sdk';
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

test('a page that a plugin answers itself is in the frame, below its panel, and its styles come after ours', async () => {
  const help = definePlugin({
    name: 'help',
    needs: { frame: optional(PageFrame) },
    init(ctx) {
      ctx.panel({ id: 'topics', title: 'Topics', data: () => [] });
      ctx.routes.get('/one', async (c) => {
        const page = { title: 'One & only', body: '<p>Help.</p>', panel: 'topics', styles: ['/plugins/help/own.css'] };
        return (await ctx.needs.frame?.answer(c, page)) ?? c.text('no dashboard');
      });
    },
  });
  await using jobs = await createTestJobs({ plugins: { dashboard: { use: dashboard }, help: { use: help } } });
  const answer = await jobs.request('/plugins/help/one');
  const html = await answer.text();
  expect(answer.headers.get('content-security-policy')).toContain("script-src 'self'");
  expect(html).toMatch(/dashboard-\w+\.css"\/><link rel="stylesheet" href="\/jobs\/plugins\/help\/own\.css"/);
  expect(html).toMatch(/<a href="\/jobs\/panels\/help\/topics" aria-current="page">Topics<\/a>/);
  expect(html).toMatch(/<main .*Topics<\/a><\/p><h1>One &amp; only<\/h1><p>Help\.<\/p>/s);
});
