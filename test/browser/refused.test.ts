// A page of another origin in a real browser, with the cookie of a user.
import { createTestJobs, type TestJobs } from '@phraseworks/testing';
import { Hono } from 'hono';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { useChromium } from './browser.ts';
import { served } from './served.ts';

const browser = useChromium();

/** A site whose people have a token for its scripts, or a cookie. */
async function openSite(): Promise<{ jobs: TestJobs; url: string }> {
  const jobs = await createTestJobs({
    authorize: (c) =>
      c.req.header('authorization') === 'Bearer ours' || c.req.header('cookie') === 'session=ours'
        ? { user: 'ann' }
        : null,
  });
  jobs.registerProcessor('plain', async () => {});
  const app = new Hono();
  app.route('/jobs', jobs.routes);
  app.get('/', (c) => c.html('<!doctype html><title>Ours</title>'));
  return { jobs, url: (await served(app, jobs)).origin };
}

/** `hello`, or `closed` for a socket that was never let in. */
const socketSays = (page: Page, url: string): Promise<unknown> =>
  page.evaluate(`new Promise((resolve) => {
    const socket = new WebSocket(${JSON.stringify(url.replace(/^http/, 'ws'))});
    socket.onmessage = ({ data }) => resolve(JSON.parse(data).type);
    socket.onclose = () => resolve('closed');
  })`);

test("a page of another origin, with the user's cookie, can neither add nor listen nor read", async () => {
  const { jobs, url } = await openSite();
  const foreign = await served(new Hono().get('/', (c) => c.html('<!doctype html><title>Theirs</title>')));
  const { page, context } = await browser.open(foreign.origin);
  await context.addCookies([{ name: 'session', value: 'ours', url, sameSite: 'Lax' }]);
  const sent = await page.evaluate(`fetch('${url}/jobs/api/jobs', {
    method: 'POST', mode: 'no-cors', credentials: 'include', body: '{ "type": "plain", "data": {} }',
  }).then(({ type }) => type)`);
  expect(sent).toBe('opaque');
  const read = page.evaluate(`fetch('${url}/jobs/api/jobs', { credentials: 'include' }).then(() => 'read')`);
  await expect(read).rejects.toThrow('Failed to fetch');
  expect(await socketSays(page, `${url}/jobs/ws`)).toBe('closed');
  expect((await jobs.listJobs()).jobs).toEqual([]);

  await page.goto(url);
  expect(await socketSays(page, `${url}/jobs/ws`)).toBe('hello');
});
