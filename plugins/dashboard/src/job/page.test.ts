// The page of one job on a real instance.
import { describe, expect, test } from 'vitest';
import { addressesIn, BASE, openSite } from '../../test/site.ts';

const DISABLED = /<button type="button" disabled="" aria-describedby="not-\d+">([^<]*)</g;
const disabledIn = (html: string): string[] => [...html.matchAll(DISABLED)].map(([, name = '']) => name);

test('its timeline: events with durations, and each attempt with its log, and each error once', async () => {
  await using site = await openSite();
  const data = { fail: 'mailbox busy', again: true, log: 'connected' };
  const { id } = await site.jobs.addJob({ type: 'mail', data, maxRetries: 1, retryDelay: 2_000 });
  await site.jobs.idle();
  const waiting = await site.html(`/job/${id}`);
  expect(waiting).toContain('Waiting to retry for <span data-since="');
  await site.jobs.advance(3_000);
  const html = await site.html(`/job/${id}`);
  expect(html).toContain('waited 2.0 s for the retry');
  expect(html.match(/<details class="attempt"/g)).toHaveLength(2);
  expect(html.match(/<pre class="error-box">mailbox busy<\/pre>/g)).toHaveLength(2);
  expect(html.match(/connected/g)?.length).toBeGreaterThanOrEqual(2);
});

describe('secrets', () => {
  test('are hidden in data, result and title, and never sent', async () => {
    await using site = await openSite({ secrets: ['pin'] });
    const data = {
      password: 'CANARY',
      pin: 'CANARY',
      auth: { apiKey: 'CANARY' },
      to: 'ada',
      result: { token: 'CANARY' },
    };
    const { id } = await site.jobs.addJob({ type: 'mail', data });
    await site.jobs.idle();
    for (const path of [`/job/${id}`, `/job/${id}/edit`, `/job/${id}/data.json`, `/job/${id}/result.json`]) {
      expect(await site.html(path), path).not.toContain('CANARY');
    }
    const html = await site.html(`/job/${id}`);
    // The list knows no schema: there the name decides.
    expect(await site.html('/')).not.toContain('password');
    expect(html).toContain('<h1>ada</h1>');
  });

  test('are hidden in a downloaded file, which no browser displays', async () => {
    await using site = await openSite();
    const { id } = await site.jobs.addJob({ type: 'mail', data: { to: '<b>ada</b>', token: 't' } });
    const answer = await site.get(`/job/${id}/data.json`);
    expect(answer.headers.get('content-disposition')).toBe(`attachment; filename="${id}-data.json"`);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await answer.json()).toEqual({ to: '<b>ada</b>', token: '********' });
  });
});

describe('its actions', () => {
  test('are all shown, impossible ones with the reason', async () => {
    await using site = await openSite();
    const { id } = await site.jobs.addJob({ type: 'mail', data: { to: 'ada' } });
    await site.jobs.idle();
    const html = await site.html(`/job/${id}`);
    expect(disabledIn(html)).toEqual(['Run now', 'Cancel']);
    expect(html).toContain('<li id="not-0">Run now, Cancel: Already finished.</li>');
    expect(addressesIn(html)).toEqual(
      expect.arrayContaining([
        `${BASE}/add?from=${id}`,
        `${BASE}/job/${id}/edit`,
        `${BASE}/act?kind=job&name=${id}&step=delete`,
      ]),
    );
  });

  test('delete it, and its page says so, with a way back', async () => {
    await using site = await openSite();
    const { id } = await site.jobs.addJob({ type: 'mail', data: { to: 'ada' } });
    await site.jobs.idle();
    const answer = await site.submit(`/act?kind=job&name=${id}&step=delete`);
    expect(answer.headers.get('location')).toBe(`${BASE}?notice=deleted`);
    const gone = await site.get(`/job/${id}`);
    expect(gone.status).toBe(404);
    expect(await gone.text()).toContain(`href="${BASE}">All jobs</a>`);
  });
});

describe('a job that does not run', () => {
  test('because its plugin is off offers to enable it, and returns to its page', async () => {
    await using site = await openSite();
    const { id } = await site.jobs.addJob({ type: 'mail', data: { to: 'ada' }, delay: 60_000 });
    await site.jobs.plugins.disable('mail');
    const html = await site.html(`/job/${id}`);
    expect(html).toContain('Enable mail');
    const act = addressesIn(html).find((to) => to.includes('step=enable')) ?? '';
    const answer = await site.submit(act.slice(BASE.length));
    expect(answer.headers.get('location')).toBe(`${BASE}/job/${id}?notice=enable`);
    expect(String(await site.jobs.getJobStatus(id))).toBe('pending');
    expect(await site.html(`/job/${id}`, 'user')).not.toContain('Enable mail');
  });

  test('because its type is paused says who paused it, and offers to resume it', async () => {
    await using site = await openSite();
    const body = JSON.stringify({ kind: 'type', name: 'mail' });
    const headers = { 'content-type': 'application/json' };
    expect((await site.jobs.request('/api/pauses', { method: 'POST', headers, body })).status).toBe(201);
    const { id } = await site.jobs.addJob({ type: 'mail', data: { to: 'ada' } });
    const html = await site.html(`/job/${id}`);
    expect(html).toMatch(/<b>mail is paused\.<\/b>.* by admin/);
    const act = addressesIn(html).find((to) => to.includes('/act/pauses') && to.includes('step=resume')) ?? '';
    const answer = await site.submit(act.slice(BASE.length));
    expect(answer.headers.get('location')).toBe(`${BASE}/job/${id}?notice=resumed`);
    await site.jobs.idle();
    expect(String(await site.jobs.getJobStatus(id))).toBe('completed');
  });
});

test('once() results are listed with their state', async () => {
  await using site = await openSite();
  const { id } = await site.jobs.addJob({ type: 'mail', data: { once: 'mail/ada' } });
  await site.jobs.idle();
  const html = await site.html(`/job/${id}`);
  expect(html).toContain('<code>mail/ada</code>');
  expect(html).toContain('<td data-label="State">done</td>');
});
