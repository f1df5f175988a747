// The list of schedules: in words, with their next runs and last jobs.
import { createTestJobs, ManualClock } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import { BASE, openSite, type Site } from '../../test/site.ts';
import dashboard from '../index.ts';

const add = (site: Site, name: string, schedule: string, more: object = {}) =>
  site.jobs.scheduleJob({ name, schedule, jobData: { type: 'mail', data: { to: 'team' } }, ...more });

test('a schedule is described in words, with its pattern, time zone and next five runs', async () => {
  await using site = await openSite();
  const html = await site.html('/schedules');
  expect(html).toContain(`<a href="${BASE}/schedule/mail/digest">mail/digest</a>`);
  expect(html).toContain('At 09:00');
  expect(html).toContain('<code>0 9 * * *</code> UTC');
  expect(html.match(/<ol class="runs">(.*?)<\/ol>/)?.[1]?.match(/<li>/g)).toHaveLength(5);
});

test('the last jobs are marks of their states, each a link', async () => {
  await using site = await openSite();
  await add(site, 'sad', '0 0 1 1 *', { jobData: { type: 'mail', data: { fail: 'full' } } });
  for (let i = 0; i < 3; i++) await site.jobs.schedules.run('sad');
  await site.jobs.idle();
  const html = await site.html('/schedules');
  const [marks = ''] = html.match(/<ol class="results">.*?<\/ol>/) ?? [];
  expect(marks.match(/<a href="\/admin\/jobs\/job\/[^>]*><span class="state failed"/g)).toHaveLength(3);
});

test('a schedule whose jobs would wait says why: the plugin of their type is off', async () => {
  await using site = await openSite();
  await add(site, 'often', '*/15 * * * *');
  const waits = 'Its jobs will wait: plugin disabled.';
  expect(await site.html('/schedules')).not.toContain(waits);
  await site.jobs.plugins.disable('mail');
  expect((await site.html('/schedules')).split(waits)).toHaveLength(2);
  expect(await site.html('/schedule/often')).toContain(waits);
});

test('a change of the clocks tonight is noted at the run', async () => {
  const clock = new ManualClock(Date.parse('2027-03-27T12:00:00Z'));
  await using jobs = await createTestJobs({ clock, plugins: { dashboard: { use: dashboard } } });
  jobs.registerProcessor('work', async () => ({ success: true }));
  const jobData = { type: 'work', data: {} };
  await jobs.scheduleJob({ name: 'night', schedule: '30 2 * * *', timezone: 'Europe/Berlin', jobData });
  const html = await (await jobs.request('/schedules')).text();
  expect(html).toMatch(/Sun,? 28 Mar, 03:00<\/time><small class="clocks">The clocks go forward from 02:00 to 03:00/);
});
