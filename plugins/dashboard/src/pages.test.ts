// The pages on a real instance, mounted below a path of the host.
import { expect, test } from 'vitest';
import { addressesIn, BASE, openSite } from '../test/site.ts';

test('without the HTTP API, jobs are added and retried, and every page links below the mount point, has no inline script or style, and one heading', async () => {
  await using site = await openSite({ api: false, panel: () => [{ type: 'text', text: 'hello' }] });
  expect((await site.get('/api/jobs')).status).toBe(404);
  const body = new URLSearchParams({ do: 'add', 'data?json': JSON.stringify({ fail: 'broken', to: 'ada' }) });
  await site.submit('/add?type=mail', 'admin', undefined, body);
  const [{ id = '' } = {}] = (await site.jobs.listJobs({ type: 'mail' })).jobs;
  await site.jobs.idle();
  await site.submit(`/act?kind=job&name=${id}&step=retry`);
  await site.jobs.idle();
  expect(await site.jobs.getJobAttempts(id)).toHaveLength(2);
  const paths = ['/', `/job/${id}`, '/schedules', '/schedules/new', '/schedule/mail/digest', '/plugins', '/figures'];
  for (const path of [...paths, '/nodes', '/log', '/panels/mail/box', '/nowhere']) {
    const answer = await site.get(path);
    expect(answer.status, path).toBe(path === '/nowhere' ? 404 : 200);
    const html = await answer.text();
    expect(html, path).toMatch(/^<!doctype html><html lang="en">/);
    expect(html, path).not.toMatch(
      /<script(?!(?: type="module")? src="\/admin\/jobs\/assets\/dashboard-)|<style| style=| on[a-z]+=|javascript:/,
    );
    expect(html.match(/<h1/g), path).toHaveLength(1);
    for (const to of addressesIn(html))
      expect(to, path).toMatch(/^(?:\/admin\/jobs(?:[/?]|$)|#content$|data:image\/svg)/);
    expect(html, path).toContain(`href="${BASE}/panels/mail/box"`);
  }
});

test('a plugin page named in a result can be opened', async () => {
  await using site = await openSite();
  const { id } = await site.jobs.addJob({
    type: 'mail',
    data: { result: { mailbox: '/plugins/mail/box/1', at: '/etc' } },
  });
  await site.jobs.idle();
  const html = await site.html(`/job/${id}`);
  expect(html).toContain(`<a href="${BASE}/plugins/mail/box/1">Open mailbox</a>`);
  expect(html).not.toContain('Open at');
});

test('the stylesheet is at the address in the pages, and may be cached', async () => {
  await using site = await openSite();
  const path = /href="\/admin\/jobs(\/assets\/[^"]+)"/.exec(await site.html('/'))?.[1] ?? '';
  const answer = await site.get(path);
  expect(answer.headers.get('content-type')).toBe('text/css; charset=utf-8');
  expect(answer.headers.get('cache-control')).toContain('immutable');
  expect(await answer.text()).toContain('color-scheme: light dark');
});

test.each([
  ['/nowhere', 404, 'This page does not exist.'],
  ['/job/0199f3a1-0000-7000-8000-000000000000', 404, 'Job not found'],
  ['/panels/mail/none', 404, 'Panel not found'],
])('%s is a readable page with status %d', async (path, status, text) => {
  await using site = await openSite();
  const answer = await site.get(path);
  const html = await answer.text();
  expect(answer.status).toBe(status);
  expect(html).toContain(text);
  expect(html).toContain(`href="${BASE}"`);
});

test('no page is served to users without rights', async () => {
  await using site = await openSite();
  expect((await site.get('/', 'anonymous')).status).toBe(401);
});
