// Retry with other data, by a plain form.
import { expect, test } from 'vitest';
import { BASE, openSite, type Site } from '../../test/site.ts';

const HERE = { 'sec-fetch-site': 'same-origin' };
const send = (site: Site, id: string, data: string) =>
  site.submit(`/job/${id}/edit`, 'admin', HERE, new URLSearchParams({ 'data?json': data }));

const failedJob = async (site: Site, data: object): Promise<string> => {
  const { id } = await site.jobs.addJob({ type: 'mail', data: { fail: 'full', ...data } });
  await site.jobs.idle();
  return id;
};

test('the job runs again with the new data, and keeps its secrets', async () => {
  await using site = await openSite();
  const id = await failedJob(site, { to: 'ada', token: 'keep' });
  expect(await site.html(`/job/${id}/edit`)).toContain('&quot;token&quot;: &quot;********&quot;');
  const answer = await send(site, id, '{ "to": "bob", "token": "********" }');
  expect(answer.status).toBe(303);
  expect(answer.headers.get('location')).toBe(`${BASE}/job/${id}?notice=job.retry`);
  await site.jobs.idle();
  expect(await site.jobs.getJobStatus(id)).toMatchObject({ status: 'completed', data: { to: 'bob', token: 'keep' } });
});

test.each([
  ['{ "to": "bob",\n }', 400, 'Invalid JSON at line 2, column 2.'],
  ['{ "to": "bob"', 400, 'JSON is incomplete.'],
  ['{ "new": { "token": "********" } }', 400, 'data.new.token is hidden'],
  ['{ "count": "many" }', 400, 'data.count must be a number'],
])('%j is refused at its place, and the typed text is kept', async (typed, status, words) => {
  await using site = await openSite();
  const id = await failedJob(site, { token: 'CANARY' });
  const answer = await send(site, id, typed);
  const html = await answer.text();
  expect(answer.status).toBe(status);
  expect(html).toContain(words);
  expect(html).toContain(`>${typed.replaceAll('"', '&quot;')}</textarea>`);
  expect(html).not.toContain('CANARY');
  expect(String(await site.jobs.getJobStatus(id))).toBe('failed');
});

test('a job already running again is unchanged, and the page says why', async () => {
  await using site = await openSite();
  const { id } = await site.jobs.addJob({ type: 'mail', data: { to: 'ada' }, delay: 60_000 });
  const answer = await send(site, id, '{ "to": "bob" }');
  expect(answer.status).toBe(409);
  expect(await answer.text()).toContain('Only a finished job can be retried');
});

test('a form of another site, or a person without the right, changes nothing', async () => {
  await using site = await openSite();
  const id = await failedJob(site, {});
  const data = new URLSearchParams({ 'data?json': '{"to":"bob"}' });
  expect((await site.submit(`/job/${id}/edit`, 'admin', { 'sec-fetch-site': 'cross-site' }, data)).status).toBe(403);
  expect((await site.submit(`/job/${id}/edit`, 'user', HERE, data)).status).toBe(403);
  expect(String(await site.jobs.getJobStatus(id))).toBe('failed');
});
