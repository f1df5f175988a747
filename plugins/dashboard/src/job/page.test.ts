// The page of one job on a real instance.
import { describe, expect, test } from 'vitest';
import { addressesIn, BASE, openSite } from '../../test/site.ts';

test('its timeline: events with durations, and each attempt with its log, and each error once', async () => {
  await using site = await openSite();
  const data = { fail: 'mailbox busy', again: true, log: 'connected' };
  const { id } = await site.jobs.addJob({ type: 'mail', data, maxRetries: 1, retryDelay: 2_000 });
  await site.jobs.idle();
  const waiting = await site.html(`/job/${id}`);
  expect(waiting).toContain('Waiting to retry for <span data-since="');
  await site.jobs.advance(3_000);
  const html = await site.html(`/job/${id}`);
  expect(html).toMatch(/Started, attempt 2<small .*?, after 2\.0 s/);
  expect(html.match(/<details class="attempt"/g)).toHaveLength(2);
  expect(html.match(/<pre class="error-box">mailbox busy<\/pre>/g)).toHaveLength(2);
  const logs = await site.html(`/job/${id}?tab=logs`);
  expect(logs.match(/<b>info<\/b> connected/g)).toHaveLength(2);
  expect(await site.html(`/job/${id}?tab=logs&level=warn`)).toContain('No lines of this level.');
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
    for (const path of [
      `/job/${id}`,
      `/job/${id}?tab=data`,
      `/job/${id}/edit`,
      `/job/${id}/data.json`,
      `/job/${id}/result.json`,
    ]) {
      expect(await site.html(path), path).not.toContain('CANARY');
    }
    const html = await site.html(`/job/${id}`);
    // The list knows no schema: there the name decides.
    expect(await site.html('/')).not.toContain('password');
    expect(html).toContain('<h1>ada <span');
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
  test('are those that are possible now', async () => {
    await using site = await openSite();
    const actsOf = async (id: string) => {
      const html = await site.html(`/job/${id}`);
      return addressesIn(html)
        .filter((to) => /\/edit$|step=|from=/.test(to))
        .map((to) => to.replace(/.*(?:step=|\/|\?)(?=\w+)/, '').replace(/[=&].*/, ''));
    };
    const { id } = await site.jobs.addJob({ type: 'mail', data: { to: 'ada' } });
    await site.jobs.idle();
    expect(await actsOf(id)).toEqual(['retry', 'edit', 'from', 'begin', 'delete']);
    const { id: later } = await site.jobs.addJob({ type: 'mail', data: { to: 'ada' }, delay: 60_000 });
    expect(await actsOf(later)).toEqual(['cancel', 'from', 'begin', 'delete', 'run']);
    await site.jobs.plugins.disable('mail');
    expect(await actsOf(later)).toEqual(['cancel', 'from', 'begin', 'delete', 'enable']);
    expect(await actsOf(id)).toEqual(['enable', 'from', 'begin', 'delete']);
  });

  test('delete it, and its page says so, with a way back', async () => {
    await using site = await openSite();
    const { id } = await site.jobs.addJob({ type: 'mail', data: { to: 'ada' } });
    await site.jobs.idle();
    const answer = await site.submit(`/act?kind=job&name=${id}&step=delete&back=/job/${id}`);
    expect(answer.headers.get('location')).toBe(`${BASE}?notice=job.delete`);
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
    expect(answer.headers.get('location')).toBe(`${BASE}/job/${id}?notice=plugin.enable`);
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
    const act = addressesIn(html).find((to) => to.includes('kind=pause') && to.includes('step=resume')) ?? '';
    const answer = await site.submit(act.slice(BASE.length));
    expect(answer.headers.get('location')).toBe(`${BASE}/job/${id}?notice=pause.resume`);
    await site.jobs.idle();
    expect(String(await site.jobs.getJobStatus(id))).toBe('completed');
  });
});

test('a step that was done once is shown below its attempt, at its time', async () => {
  await using site = await openSite();
  const { id } = await site.jobs.addJob({ type: 'mail', data: { once: 'mail/ada' } });
  await site.jobs.idle();
  expect(await site.html(`/job/${id}`)).toMatch(/<code>mail\/ada<\/code>.*<circle class="step done".*\+0 ms/s);
});

test('a retry that runs does not show the error of the attempt before as its own', async () => {
  await using site = await openSite();
  const pages: string[] = [];
  site.jobs.registerProcessor('slow', async (_data, jobId, attempt) => {
    if (attempt === 1) throw new Error('out of paper');
    pages.push(await site.html(`/job/${jobId}`), await site.html('/'));
    return { success: true };
  });
  const { id } = await site.jobs.addJob({ type: 'slow', data: {}, maxRetries: 1, retryDelay: 1_000 });
  await site.jobs.idle();
  expect(await site.html(`/job/${id}`)).toContain('<section class="failure"><pre class="error-box">out of paper</pre>');
  await site.jobs.advance(2_000);
  const [job = '', list] = pages;
  expect(job.indexOf('out of paper')).toBeGreaterThan(job.indexOf('class="attempt"'));
  expect(list).not.toContain('out of paper');
});
