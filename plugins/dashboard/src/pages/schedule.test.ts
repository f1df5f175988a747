// The page of one schedule, and its form.

import { createTestJobs, ManualClock, type TestUser } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import { BASE, openSite, type Site } from '../../test/site.ts';
import dashboard from '../index.ts';

const PAGE = '/schedule/mail/digest';

const fields = (more: Record<string, string> = {}) => ({
  schedule: '30 8 * * 1-5',
  timezone: 'Europe/Berlin',
  missed: 'all',
  most: '7',
  type: 'mail',
  'data?json': '{ "to": "all" }',
  priority: 'high',
  ...more,
});

const send = (site: Site, path: string, form: Record<string, string>, as: TestUser = 'admin') =>
  site.submit(path, as, { 'sec-fetch-site': 'same-origin' }, new URLSearchParams(form));

test('the page of a schedule shows its pattern, origin, next runs and last jobs', async () => {
  await using site = await openSite();
  await site.jobs.schedules.run('mail/digest');
  await site.jobs.idle();
  const html = await site.html(PAGE);
  for (const text of ['At 09:00, UTC', 'Declared by the mail plugin.', 'Next runs', 'class="state completed"']) {
    expect(html).toContain(text);
  }
  expect(await site.html('/schedule/mail%2Fdigest')).toContain('Declared by the mail plugin.');
});

test('a schedule is saved as a whole, and the page says that the change survives restarts', async () => {
  await using site = await openSite();
  const answer = await send(site, PAGE, fields());
  expect([answer.status, answer.headers.get('location')]).toEqual([303, `${BASE}${PAGE}?notice=schedule.save`]);
  expect(await site.jobs.schedules.get('mail/digest')).toMatchObject({
    schedule: '30 8 * * 1-5',
    timezone: 'Europe/Berlin',
    missed: { all: 7 },
    jobData: { type: 'mail', data: { to: 'all' }, priority: 'high' },
    changed: true,
  });
  const html = await site.html(`${PAGE}?notice=schedule.save`);
  expect(html).toContain('Edited manually.');
  expect(html).toContain('Schedule saved.');
});

test('an error is shown at its field, and the typed text is kept', async () => {
  await using site = await openSite();
  const answer = await send(site, PAGE, fields({ schedule: '0 25 * * *', timezone: 'Mars/Olympus', most: '1000' }));
  const html = await answer.text();
  expect(answer.status).toBe(400);
  for (const text of ['has an invalid hour field', 'is not a known time zone', 'must be &quot;skip&quot;']) {
    expect(html).toContain(text);
  }
  // The page as it is stored must not come back over it.
  expect(html).not.toContain('data-follows');
  expect(html).toMatch(/<form [^>]*class="schema-form"[^>]* data-keep/);
  expect(await site.html(PAGE)).toContain('data-follows');
  expect(html).toContain('value="0 25 * * *"');
  expect(html).toContain('value="Mars/Olympus"');
  expect(html).toContain('{ &quot;to&quot;: &quot;all&quot; }');
  expect(await site.jobs.schedules.get('mail/digest')).toMatchObject({ schedule: '0 9 * * *', changed: false });
});

test.each([
  [{ 'data?json': '{ "to": ' }, 'JSON is incomplete.'],
  [{ 'data?json': '{ "count": "many" }' }, 'data.count must be a number'],
  [{ timeout: 'soon' }, 'must be a duration'],
  [{ priority: 'now' }, 'id="priority!">must be'],
])('an error in the job is refused at its place: %j', async (more, text) => {
  await using site = await openSite();
  const answer = await send(site, PAGE, fields(more));
  expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining(text)]);
});

test('a secret in its data is not sent to the browser, and is kept when saved', async () => {
  await using site = await openSite();
  const jobData = { type: 'mail', data: { to: 'team', password: 'open sesame' } };
  await site.jobs.scheduleJob({ name: 'own', schedule: '0 9 * * *', jobData });
  const html = await site.html('/schedule/own');
  expect(html).not.toContain('open sesame');
  const json = '{ "to": "all", "password": "********" }';
  expect((await send(site, '/schedule/own', fields({ 'data?json': json }))).status).toBe(303);
  expect((await site.jobs.schedules.get('own')).jobData.data).toEqual({ to: 'all', password: 'open sesame' });
});

test('a new schedule is added, and a name that is taken is refused', async () => {
  await using site = await openSite();
  const form = fields({ name: 'fresh' });
  expect((await send(site, '/schedules/new', form)).headers.get('location')).toBe(
    `${BASE}/schedule/fresh?notice=schedule.save`,
  );
  const again = await send(site, '/schedules/new', form);
  expect([again.status, await again.text()]).toEqual([409, expect.stringContaining('is taken')]);
});

test('a user who may not administer sees no form, and cannot send one', async () => {
  await using site = await openSite();
  expect(await site.html(PAGE, 'user')).not.toContain('class="schema-form"');
  expect((await site.get('/schedules/new', 'user')).status).toBe(403);
  expect((await send(site, PAGE, fields(), 'user')).status).toBe(403);
  expect(await site.jobs.schedules.get('mail/digest')).toMatchObject({ changed: false });
});

test('the next five runs of an expression are previewed in both time zones, or its error', async () => {
  await using site = await openSite();
  const part = async (query: string, zone = 'Asia%2FTokyo') => {
    const path = `/schedules/next?timezone=Europe%2FBerlin&${query}`;
    return (await site.get(path, 'admin', { cookie: `phraseworks-jobs-zone=${zone}` })).text();
  };
  const html = await part('schedule=0+9+*+*+1');
  expect(html).toMatch(/^At 09:00, only on Monday; next runs in Europe\/Berlin:<ol class="runs">/);
  expect(
    html.match(/<li><time [^>]*>Mon,? [^<]*, 09:00<\/time><small> \(Mon,? [^<]*, 1[67]:00 your time/g),
  ).toHaveLength(5);
  for (const zone of ['Mars%2FOlympus', 'Europe%2FBerlin'])
    expect(await part('schedule=0+9+*+*+1', zone)).not.toContain('your time');
  expect(await part('schedule=0+25+*+*+*')).toMatch(/^<span class="error">Has an invalid hour field/);
});

test('the history shows the outcome of each run', async () => {
  const clock = new ManualClock(Date.UTC(2026, 0, 1, 8, 30));
  await using jobs = await createTestJobs({ clock, plugins: { dashboard: { use: dashboard } } });
  jobs.registerProcessor('note', async () => {});
  await jobs.scheduleJob({ schedule: '0 * * * *', type: 'note', data: {} });
  await jobs.advance(2 * 3_600_000);
  const html = await (await jobs.request('/schedule/note')).text();
  const [list = ''] = html.match(/<ul class="lines">.*?<\/ul>/) ?? [];
  expect(list.match(/, \d\d:00<\/time><\/a> <span class="state completed"/g)).toHaveLength(2);
});
