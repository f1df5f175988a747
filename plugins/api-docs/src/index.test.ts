// The pages need the right to view, load nothing from elsewhere, and disappear with the plugin.
import { gunzipSync } from 'node:zlib';
import { definePlugin, PageFrame } from '@phraseworks/sdk';
import { createTestJobs, pluginContract, type TestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import apiDocs from './index.ts';

const plugins = { 'api-docs': { use: apiDocs } };

pluginContract(apiDocs);

const pageOf = async (jobs: TestJobs): Promise<string> => (await jobs.request('/api/docs')).text();

test('the page loads only its own files, under the policy for pages', async () => {
  await using jobs = await createTestJobs({ plugins });
  const response = await jobs.request('/api/docs');
  const policy = response.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("script-src 'self'; style-src 'self'");
  const page = await response.text();
  expect(page).not.toMatch(/<style|<script(?![^>]* src=)| style=| on[a-z]+="|https?:/);
  const files = [...page.matchAll(/(?:src|href)="([^"]*\.(?:js|css))"/g)].map(([, path]) => path ?? '');
  expect(files).toHaveLength(4);
  for (const path of files) {
    const file = await jobs.request(path.replace('/jobs', ''), { headers: { 'accept-encoding': 'gzip, br' } });
    const plain = await jobs.request(path.replace('/jobs', ''));
    expect([file.status, file.headers.get('content-encoding')]).toEqual([200, 'gzip']);
    expect([plain.status, plain.headers.get('content-encoding')]).toEqual([200, null]);
    expect(plain.headers.get('content-type')).toMatch(/^text\/(javascript|css)/);
    expect(gunzipSync(await file.arrayBuffer()).equals(Buffer.from(await plain.arrayBuffer()))).toBe(true);
  }
});

test('only users who may view get the page and its files', async () => {
  await using jobs = await createTestJobs({
    plugins,
    authorize: (c, action) => ({ ann: action === 'view', bob: false })[c.req.header('x-user') ?? ''] ?? null,
  });
  const [script = ''] =
    (await (await jobs.request('/api/docs', { headers: { 'x-user': 'ann' } })).text()).match(
      /api\/docs\/page-\w+\.js/,
    ) ?? [];
  for (const path of ['/api/docs', `/${script}`]) {
    const status = async (user: string) => (await jobs.request(path, { headers: { 'x-user': user } })).status;
    expect([path, await status('ann'), await status('bob'), await status('nobody')]).toEqual([path, 200, 403, 401]);
  }
});

test('it is in the frame of a plugin that starts after it', async () => {
  const framing = definePlugin({
    name: 'framing',
    provides: [PageFrame],
    init: (ctx) => ctx.provide(PageFrame, { answer: async (_, { title }) => new Response(`framed ${title}`) }),
  });
  await using jobs = await createTestJobs({ plugins: { ...plugins, framing: { use: framing } } });
  for (const name of ['framing', 'api-docs']) await jobs.plugins.disable(name);
  for (const name of ['api-docs', 'framing']) await jobs.plugins.enable(name);
  expect(await pageOf(jobs)).toBe('framed HTTP API');
});

test('disabled, its address is not found; enabled, the page is back', async () => {
  await using jobs = await createTestJobs({ plugins });
  await jobs.plugins.disable('api-docs');
  const gone = await jobs.request('/api/docs');
  expect([gone.status, await gone.json()]).toMatchObject([404, { code: 'NOT_FOUND' }]);
  await jobs.plugins.enable('api-docs');
  expect(await pageOf(jobs)).toContain('<title>PhraseWorks Jobs: HTTP API</title>');
});
