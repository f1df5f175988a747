// Finding jobs and pages again: by when jobs ended, page by page, as a file, by a saved view and by the search.

import { definePlugin, Pages } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { addressesIn, BASE, openSite, type Site } from '../../test/site.ts';

const mail = (n: number, data: object = {}) =>
  Array.from({ length: n }, (_, i) => ({ type: 'mail', data: { to: `user${i}`, ...data } }));
const keysOf = (html: string): string[] =>
  [...html.matchAll(/<tr [^>]*data-key="([^"]+)"/g)].map(([, key = '']) => key);
const rel = (html: string, name: 'prev' | 'next'): string =>
  new RegExp(`href="${BASE}([^"]*)" rel="${name}"`).exec(html)?.[1]?.replaceAll('&amp;', '&') ?? '';

/** An hour in which one job completed and one failed each minute. */
const NOTHING = { added: 0, cancelled: 0, retried: 0, pending: 0, completed: 1, failed: 1 };
const figures = definePlugin({
  name: 'figures',
  needs: { pages: Pages },
  pagesAt: '/api/metrics/history',
  init: ({ needs: { pages }, clock }) =>
    void pages.get('/', (c) => {
      const points = Array.from({ length: 60 }, (_, i) => ({
        at: clock.iso(clock.now() - (59 - i) * 60_000),
        ...NOTHING,
      }));
      return c.json({
        points,
        total: { ...NOTHING, completed: 60, failed: 60 },
        types: c.req.queries('type'),
        byType: {},
      });
    }),
});

test('above the list, each part of the last hour leads to the jobs that ended then, the last first', async () => {
  await using site = await openSite({ plugins: { figures } });
  const [early = '', late = ''] = (await site.jobs.addJobs(mail(2, { fail: 'no' }))).map(({ id }) => id);
  await site.jobs.idle();
  await site.jobs.advance(10 * 60_000);
  await site.jobs.retryJob(early);
  await site.jobs.idle();
  const html = await site.html('/?status=failed');
  expect(html).toContain('Last hour: 60 completed, 60 failed');
  const parts = addressesIn(html).filter((address) => address.includes('by=ended'));
  expect(parts.length).toBeGreaterThanOrEqual(12);
  const within = async (address = '') => keysOf(await site.html(address.slice(BASE.length)));
  const found = await Promise.all(parts.map(within));
  expect(found.filter((keys) => keys.length > 0)).toEqual([[late], [early]]);
  expect(keysOf(await site.html('/?by=ended&within=1h'))).toEqual([early, late]);
  expect(await site.html('/?q=user')).not.toContain('Last hour');
});

test('each page of a list leads to the next one and back', async () => {
  await using site = await openSite();
  await site.jobs.addJobs(mail(160));
  await site.jobs.idle();
  const pages = [await site.html('/?type=mail')];
  for (let next = rel(pages[0] ?? '', 'next'); next !== ''; next = rel(pages.at(-1) ?? '', 'next'))
    pages.push(await site.html(next));
  expect(pages).toHaveLength(4);
  for (let at = 3; at > 0; at -= 1)
    expect(keysOf(await site.html(rel(pages[at] ?? '', 'prev')))).toEqual(keysOf(pages[at - 1] ?? ''));
});

test('a list is a file for spreadsheets, which computes nothing and holds no secret', async () => {
  await using site = await openSite({ secrets: ['pin'] });
  await site.jobs.addJobs([
    { type: 'mail', data: { to: '=1+1', pin: 'hunter2' } },
    { type: 'mail', data: { to: 'a "b"', fail: '@no\nmore' } },
  ]);
  await site.jobs.idle();
  const answer = await site.get('/jobs.csv?type=mail', 'user');
  expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
  const [head, failed, sent, end] = (await answer.text()).split('\r\n');
  expect(head).toMatch(/^"id","state","type"/);
  expect(sent).toContain(`"completed","mail","mail","'=1+1","",1,`.replace('1,', '"1",'));
  expect(failed).toContain(`"failed","mail","mail","a ""b"", @no more","'@no"`);
  expect([end, sent?.includes('hunter2')]).toEqual(['', false]);
  expect((await site.get('/jobs.csv?status=failed&type=none')).status).toBe(200);
  expect((await site.get('/jobs.csv', 'anonymous')).status).toBe(401);
});

const viewsIn = (html: string): string[] =>
  [...html.matchAll(/<a [^>]*data-key="([^"]+)"/g)].map(([, name = '']) => name);
const save = (site: Site, filters: string, name: string) => {
  const act = new URLSearchParams({ kind: 'view', step: 'save', name: filters, back: `/?${filters}` });
  return site.submit(`/act?${act}`, 'admin', undefined, new URLSearchParams({ name }));
};

test('a view is saved under a name for everybody who sees the list, replaced and removed', async () => {
  await using site = await openSite();
  const saved = await save(site, 'status=failed&type=mail', ' Failed  mails ');
  expect(saved.headers.get('location')).toBe(`${BASE}?status=failed&type=mail&notice=view.save`);
  expect(addressesIn(await site.html('/', 'user'))).toContain(`${BASE}?status=failed&type=mail`);
  await save(site, 'status=failed&within=24h', 'Failed mails');
  expect(viewsIn(await site.html('/'))).toEqual(['Failed mails']);
  expect((await save(site, 'type=mail', ' ')).headers.get('location')).toContain('refused=');
  const remove = '/act?kind=view&step=remove&name=Failed+mails';
  expect((await site.submit(remove, 'user')).headers.get('location')).toContain('refused=FORBIDDEN');
  await site.submit(remove);
  expect(viewsIn(await site.html('/'))).toEqual([]);
});

test('the search leads to pages, types, plugins, schedules, views, actions and jobs that its reader may use', async () => {
  await using site = await openSite();
  const [job] = await site.jobs.addJobs(mail(1, { to: 'ada' }));
  await save(site, 'status=failed', 'Bad mail');
  const found = async (q: string, as?: 'user') =>
    addressesIn(
      /<div data-results.*?<\/div>/s.exec(await site.html(`/search?q=${encodeURIComponent(q)}`, as))?.[0] ?? '',
    ).map((address) => address.slice(BASE.length));
  expect(await found('mail')).toEqual([
    ...['?status=failed', '/types/mail', '/plugin/mail', '/schedule/mail/digest', '/add?type=mail'],
    ...['?status=failed&ask=retry&type=mail', `/job/${job?.id}`, '?q=mail'],
  ]);
  expect(await found('metr')).toEqual(['/figures', '?q=metr']);
  expect(await found(job?.id ?? '')).toEqual([`/job/${job?.id}`, `?q=${job?.id}`]);
  expect(await found('ada', 'user')).toEqual([`/job/${job?.id}`, '?q=ada']);
  expect(await found('retry', 'user')).toEqual(['?q=retry']);
  expect(await found('')).toContain('/figures');
});
