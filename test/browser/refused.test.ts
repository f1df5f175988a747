// Refusals in a real browser: cookies, origins, and sockets that cannot send headers.
import { createTestJobs, type TestJobs } from '@phraseworks/testing';
import { build } from 'esbuild';
import { Hono } from 'hono';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { useChromium } from './browser.ts';
import { served } from './served.ts';

const browser = useChromium();

const TICKET_LIFETIME = 30_000;

/** The client as a page loads it. */
async function clientScript(): Promise<string> {
  const contents = "export * from '@phraseworks/sdk/client'";
  const stdin = { contents, resolveDir: import.meta.dirname };
  const made = await build({ stdin, bundle: true, write: false, format: 'esm', conditions: ['@phraseworks/source'] });
  return made.outputFiles[0]?.text ?? '';
}

/** A site whose people have a token for its scripts, or a cookie. */
async function openSite(): Promise<{ jobs: TestJobs; url: string }> {
  const jobs = await createTestJobs({
    authorize: (c) =>
      c.req.header('authorization') === 'Bearer ours' || c.req.header('cookie') === 'session=ours'
        ? { user: 'ann' }
        : null,
  });
  jobs.registerProcessor('plain', async () => {});
  const code = await clientScript();
  const app = new Hono();
  app.route('/jobs', jobs.routes);
  app.get('/client.js', (c) => c.body(code, 200, { 'content-type': 'text/javascript' }));
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

/** What a script of the page makes of the client. */
const withClient = (page: Page, script: string): Promise<unknown> =>
  page.evaluate(`import('/client.js').then(async ({ createClient }) => { ${script} })`);

test('a page without a token can neither add nor listen, and with one it can do both', async () => {
  const { jobs, url } = await openSite();
  const { page } = await browser.open(url);
  const add = (options: string): Promise<unknown> =>
    withClient(
      page,
      `const client = createClient(${options});
       return client.addJob({ type: 'plain', data: {} }).then(({ type }) => type, ({ code }) => code);`,
    );
  expect(await add('{}')).toBe('UNAUTHORIZED');
  expect(await add("{ token: 'wrong' }")).toBe('UNAUTHORIZED');
  expect(await socketSays(page, `${url}/jobs/ws`)).toBe('closed');
  expect((await jobs.listJobs()).jobs).toEqual([]);
  expect(await add("{ token: async () => 'ours' }")).toBe('plain');
  const heard = withClient(
    page,
    `const client = createClient({ token: 'ours' });
     return new Promise((resolve) => client.onState((state) => {
       if (state === 'live') client.addJob({ type: 'plain', data: {} });
     }, client.subscribe({}, ({ event }) => resolve(event))));`,
  );
  expect(await heard).toBe('job_added');
});

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

test('a ticket admits one socket, and none once used or thirty seconds old', async () => {
  const { jobs, url } = await openSite();
  const { page } = await browser.open(url);
  const ticketed = async (): Promise<string> => {
    const headers = { authorization: 'Bearer ours' };
    const { ticket } = (await (await fetch(`${url}/jobs/api/ticket`, { method: 'POST', headers })).json()) as {
      ticket: string;
    };
    return `${url}/jobs/ws?ticket=${ticket}`;
  };
  const first = await ticketed();
  expect(await socketSays(page, first)).toBe('hello');
  expect(await socketSays(page, first)).toBe('closed');
  const second = await ticketed();
  await jobs.advance(TICKET_LIFETIME);
  expect(await socketSays(page, second)).toBe('closed');
});
