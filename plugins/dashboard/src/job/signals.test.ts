// The form of a signal on a job's page, by plain requests.
import { expect, test } from 'vitest';
import { z } from 'zod';
import { BASE, openSite, type Site } from '../../test/site.ts';

const HERE = { 'sec-fetch-site': 'same-origin' };
const schema = z.object({ ok: z.boolean(), note: z.string().max(5).optional() }).meta({ title: 'Publish it?' });

async function waiting(site: Site, options: object): Promise<string> {
  site.jobs.registerProcessor('story', async (_data: unknown, _id: string, _attempt: number, { waitFor }) => {
    await waitFor('approval', options);
  });
  const { id } = await site.jobs.addJob({ type: 'story', data: {} });
  await site.jobs.idle();
  return id;
}

const send = (site: Site, id: string, as: 'admin' | 'user', fields: Record<string, string>) =>
  site.submit(`/job/${id}/signal?key=approval`, as, HERE, new URLSearchParams(fields));
const stateOf = async (site: Site, id: string) => String(await site.jobs.getJobStatus(id));

test('the page of a job that waits has the form of its schema, which sends the signal or says what is wrong', async () => {
  await using site = await openSite();
  const id = await waiting(site, { schema });
  const html = await site.html(`/job/${id}`);
  for (const part of [
    'waited for',
    'Publish it?',
    'waits for a signal',
    `action="${BASE}/job/${id}/signal?key=approval"`,
  ])
    expect(html).toContain(part);
  const refused = await send(site, id, 'admin', { 'data?json': '{ "ok": true, "note": "far too long" }' });
  expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining('at most 5')]);
  const sent = await send(site, id, 'admin', { 'data?json': '{ "ok": true }' });
  expect([sent.status, sent.headers.get('location')]).toEqual([303, `${BASE}/job/${id}?notice=job.signal`]);
  await site.jobs.idle();
  expect(await stateOf(site, id)).toBe('completed');
  expect((await send(site, id, 'admin', { 'data?json': '{ "ok": true }' })).status).toBe(409);
});

test('without a schema it has a button, only for people who may operate', async () => {
  await using site = await openSite();
  const id = await waiting(site, {});
  expect(await site.html(`/job/${id}`)).toMatch(/<button [^>]*>Send &quot;approval&quot;<\/button>/);
  expect(await site.html(`/job/${id}`, 'user')).not.toContain('/signal?key=');
  expect((await send(site, id, 'user', {})).status).toBe(403);
  expect(await stateOf(site, id)).toBe('blocked');
  expect((await send(site, id, 'admin', {})).status).toBe(303);
  await site.jobs.idle();
  expect(await stateOf(site, id)).toBe('completed');
});
