// The pages of figures, nodes and the log.

import { definePlugin, Pages } from '@phraseworks/sdk';
import type { MetricsHistory } from '@phraseworks/sdk/client';
import { expect, test } from 'vitest';
import { addressesIn, BASE, openSite } from '../../test/site.ts';

const NOTHING = { added: 0, completed: 0, failed: 0, cancelled: 0, retried: 0, pending: 0 };
const UNMEASURED = { waitP50: null, waitP95: null, waitP99: null, runP50: null, runP95: null, runP99: null };

const LAST = {
  added: 2,
  completed: 1,
  failed: 1,
  pending: 2,
  waitP50: 5,
  waitP95: 9,
  waitP99: 9,
  runP50: 20,
  runP95: 40,
  runP99: 50,
};

/** An hour by the minute; two jobs came in its last one. */
const HOUR: MetricsHistory = {
  from: '2026-01-01T11:00:00.000Z',
  to: '2026-01-01T12:00:00.000Z',
  step: 60_000,
  points: Array.from({ length: 60 }, (_, minute) => ({
    at: new Date(Date.UTC(2026, 0, 1, 11, minute)).toISOString(),
    ...NOTHING,
    ...UNMEASURED,
    ...(minute === 59 ? LAST : {}),
  })),
  total: { ...NOTHING, ...LAST },
  types: ['mail'],
  byType: { mail: { ...NOTHING, ...LAST } },
};

/** Answers as the plugin metrics does. */
const figures = definePlugin({
  name: 'figures',
  needs: { pages: Pages },
  pagesAt: '/api/metrics/history',
  init: ({ needs: { pages } }) =>
    void pages.get('/', (c) => {
      const minutes = c.req.query('minutes');
      if (minutes === '60') return c.json(HOUR);
      const points =
        minutes === '360'
          ? HOUR.points.map((point) => ({ ...point, failed: 0, pending: 0, waitP50: null, waitP95: null }))
          : [];
      return c.json({ ...HOUR, points, total: { ...NOTHING, ...UNMEASURED } });
    }),
});

const openWithFigures = () => openSite({ plugins: { figures } });

test('metrics are shown as charts', async () => {
  await using site = await openWithFigures();
  const html = await site.html('/figures');
  expect(html).toContain('In the last hour: 2 added, 1 completed, 1 failed, 50 % succeeded');
  expect(html.match(/<svg class="chart" role="img" aria-labelledby="[a-z]+-t [a-z]+-d"/g)).toHaveLength(4);
  expect(html).toContain('Highest: 2 jobs');
  expect(html).not.toContain(' style=');
});

test('a chart without failed or waiting jobs says there were none, and has no data only where nothing was measured', async () => {
  await using site = await openWithFigures();
  const values = async (range: string) =>
    [...(await site.html(`/figures?range=${range}`)).matchAll(/<output data-value[^>]*>([^<]*)</g)].map(
      ([, text]) => text,
    );
  const [none, unknown] = ['None in this period', 'No data for this period'];
  expect(await values('6h')).toEqual(['highest: 1 job', unknown, 'highest: 40 ms', none]);
  expect(await values('7d')).toEqual(Array(4).fill(unknown));
});

test('without the plugin metrics the page shows what waits and runs, and says why there are no charts', async () => {
  await using site = await openSite();
  await site.jobs.addJob({ type: 'mail', data: { to: 'ada' }, delay: 60_000 });
  const html = await site.html('/figures');
  expect(html).toContain('0 of 5 slots busy on 1 worker');
  expect(html).toContain('Charts need the plugin <code>metrics</code>, which is disabled.');
  expect(html).toContain(`<a href="${BASE}/plugins">Plugins</a>`);
  expect(html).not.toContain('<svg class="chart"');
});

test('a type has a page with its figures, the causes of its failures, its schedules and what can be done with it', async () => {
  await using site = await openWithFigures();
  await site.jobs.addJobs([{ type: 'mail', data: { fail: 'no such mailbox' } }]);
  await site.jobs.idle();
  const html = await site.html('/types/mail?range=1h');
  expect(html).toContain('In the last hour: 2 added, 1 completed, 1 failed, 50 % succeeded');
  expect(html).toContain('<dt>Run</dt><dd>median 20 ms, p95 40 ms, p99 50 ms</dd>');
  const failed = `status=failed&type=mail&q=error%3A%22no+such+mailbox%22&by=ended&within=1h`;
  expect(addressesIn(html)).toEqual(
    expect.arrayContaining(
      [
        ...[`?${failed}`, `?${failed}&ask=retry`, '?status=failed&type=mail', '/types/mail?range=7d', '?type=mail'],
        ...[
          '/plugin/mail',
          '/schedule/mail/digest',
          '/add?type=mail',
          '/act?kind=pause&name=type%3Amail&step=begin&back=%2Ftypes%2Fmail%3Frange%3D1h',
        ],
      ].map((path) => BASE + path),
    ),
  );
  expect(await site.html(`/?${failed}`)).toContain('data-key="019');
  const paused = await site.submit('/act?kind=pause&name=type%3Amail&step=begin&back=%2Ftypes%2Fmail%3Frange%3D1h');
  expect(paused.headers.get('location')).toContain(`${BASE}/types/mail?range=1h&notice=pause.begin`);
  expect(await site.html('/types/mail')).toContain('mail is paused.');
  expect((await site.get('/types/letter')).status).toBe(404);
});

test('the page of a type says what it lacks without metrics, and shows only what its reader may see', async () => {
  await using site = await openSite();
  expect(await site.html('/types/mail')).toContain('Charts need the plugin <code>metrics</code>');
  const asUser = await site.html('/types/mail', 'user');
  expect(asUser).not.toContain('kind=pause');
  expect(asUser).not.toContain('ask=retry');
});

test('workers show whether they are alive, what they accept and what they run', async () => {
  await using site = await openSite();
  const html = await site.html('/nodes');
  expect(html).toMatch(/<span class="state on">.*?Online<\/span>/);
  expect(html).toMatch(/PID \d+/);
  expect(html).toContain('0 of ');
  expect(html).toContain('No running jobs.');
});

test('the log shows who did what, with a link', async () => {
  await using site = await openSite();
  const { id } = await site.jobs.addJob({ type: 'mail', data: { to: 'ada' }, delay: 60_000 });
  await site.submit(`/act?kind=job&name=${id}&step=cancel`);
  await site.submit('/act?kind=schedule&name=mail%2Fdigest&step=pause');
  await site.submit('/act?kind=pause&name=type%3Amail&step=begin');
  const html = await site.html('/log');
  expect(html).toMatch(/admin<\/td><td[^>]*>paused a schedule<\/td><td[^>]*><a href="[^"]*\/schedule\/mail\/digest">/);
  expect(html).toContain(`<a href="${BASE}/job/${id}">`);
  expect(html).toContain(`<a href="${BASE}/types/mail">`);
  expect(html).not.toContain('rel="next"');
  const paused = await site.html('/log?action=pause&q=MAIL');
  expect(paused.match(/<tr [^>]*data-key=/g)).toHaveLength(1);
  expect(await site.html('/log?q=nobody')).toContain('No matching activity.');
});

test('the log requires the right to administer', async () => {
  await using site = await openSite();
  expect((await site.get('/log', 'user')).status).toBe(403);
});
