// The dashboard's page of figures, drawn from what this plugin has counted.
import { expect, test } from 'vitest';
import { BASE, openSite } from '../../dashboard/test/site.ts';
import metrics from './index.ts';

const open = () => openSite({ plugins: { metrics } });

test('figures show what happened as charts, with the numbers beside them', async () => {
  await using site = await open();
  await site.jobs.addJobs([
    { type: 'mail', data: { to: 'ada' } },
    { type: 'mail', data: { fail: 'full' } },
  ]);
  await site.jobs.idle();
  const html = await site.html('/figures');
  expect(html).toContain('In the last hour: 2 added, 1 completed, 1 failed, 50 % succeeded');
  expect(html.match(/<svg class="chart" role="img" aria-labelledby="[a-z]+-t [a-z]+-d"/g)).toHaveLength(5);
  expect(html).toContain('Highest: 2 jobs');
  expect(html).toMatch(/<summary>Data table<\/summary>.*<th scope="row">\d\d:\d\d<\/th>/);
  expect(html).not.toContain(' style=');
});

test('figures of one type, and of a longer time, keep both in their links', async () => {
  await using site = await open();
  const html = await site.html('/figures?range=24h&type=mail');
  expect(html).toContain(`href="${BASE}/figures?range=7d&amp;type=mail"`);
  expect(html).toMatch(/<option value="mail" selected[^>]*>/);
  expect(await site.html('/figures?range=year')).toContain('In the last hour: 0 added');
});

test('types are listed by their run time', async () => {
  await using site = await open();
  await site.jobs.addJob({ type: 'mail', data: { to: 'ada' } });
  await site.jobs.idle();
  expect(await site.html('/figures')).toContain('Slowest job types');
});
