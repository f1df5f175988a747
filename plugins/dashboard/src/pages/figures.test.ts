// The pages of figures, nodes and the log.
import { expect, test } from 'vitest';
import { BASE, openSite } from '../../test/site.ts';

test('without the plugin metrics the page shows what waits and runs now, and says why there are no charts', async () => {
  await using site = await openSite();
  await site.jobs.addJob({ type: 'mail', data: { to: 'ada' }, delay: 60_000 });
  const html = await site.html('/figures');
  expect(html).toContain('0 of 5 slots busy on 1 node');
  expect(html).toContain('There are no charts, because the plugin <code>metrics</code> is off.');
  expect(html).toContain(`<a href="${BASE}/plugins">Plugins</a>`);
  expect(html).not.toContain('<svg class="chart"');
});

test('nodes say whether they are heard of, what they take and what they run', async () => {
  await using site = await openSite();
  const html = await site.html('/nodes');
  expect(html).toContain('<span class="state on">on</span>');
  expect(html).toMatch(/PID \d+/);
  expect(html).toContain('0 of ');
  expect(html).toContain('No running jobs.');
});

test('the log says who did what, and leads to it', async () => {
  await using site = await openSite();
  const { id } = await site.jobs.addJob({ type: 'mail', data: { to: 'ada' }, delay: 60_000 });
  await site.submit(`/act?kind=job&name=${id}&step=cancel`);
  await site.submit('/act?kind=schedule&name=mail%2Fdigest&step=pause');
  const html = await site.html('/log');
  expect(html).toMatch(/admin<\/td><td[^>]*>paused a schedule<\/td><td[^>]*><a href="[^"]*\/schedule\/mail\/digest">/);
  expect(html).toContain(`<a href="${BASE}/job/${id}">`);
  expect(html).not.toContain('rel="next"');
});

test('a long log goes on on the next page', async () => {
  await using site = await openSite();
  for (let i = 0; i < 101; i++) await site.submit('/act?kind=schedule&name=mail%2Fdigest&step=pause');
  const html = await site.html('/log');
  const [, older = ''] = html.match(/href="\/admin\/jobs(\/log\?before=\d+)" rel="next"/) ?? [];
  const next = await site.html(older);
  expect(next.match(/paused a schedule/g)).toHaveLength(1);
  expect(next).toContain(`<a href="${BASE}/log">First page</a>`);
});

test('the log is for those who may administer', async () => {
  await using site = await openSite();
  expect((await site.get('/log', 'user')).status).toBe(403);
});

test('every page of ours has one heading and no inline script or style', async () => {
  await using site = await openSite();
  for (const path of ['/figures', '/nodes', '/log', '/schedules', '/schedules/new', '/schedule/mail/digest']) {
    const html = await site.html(path);
    expect(html.match(/<h1/g), path).toHaveLength(1);
    expect(html, path).not.toMatch(/<style| style=| on[a-z]+="|<script(?! [^>]*src=)/);
  }
});
