// A host with tokens only: scripts send them, and browsers exchange one for a cookie, so that the pages of the dashboard open.
import { createTestJobs, type TestJobs } from '@phraseworks/testing';
import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { type CheckToken, tokensOf } from './index.ts';

const USERS = new Map([
  ['token-of-ada', { user: 'ada', may: ['view', 'add', 'operate', 'administer'] as const }],
  ['token-of-ed', { user: 'ed', may: ['view', 'add'] as const }],
  ['token-of-tom', { user: 'tom', may: ['view'] as const, where: { types: ['public'] } }],
]);
const work = {
  name: 'work',
  init: (ctx: { registerProcessor: (type: string, run: () => unknown) => unknown }) =>
    void ctx.registerProcessor('work', () => 1),
};

const open = (check: CheckToken = (token) => USERS.get(token) ?? null): Promise<TestJobs> =>
  createTestJobs({
    authorize: null,
    plugins: { work: { use: work as never }, 'sign-in': { use: tokensOf(check) } },
    allowedOrigins: ['https://admin.example.test'],
  });

/** As a browser asks, at this site unless `headers` say otherwise. */
function browser(jobs: TestJobs) {
  const app = new Hono().route('/jobs', jobs.routes);
  return (path: string, { headers = {}, ...init }: RequestInit & { headers?: Record<string, string> } = {}) =>
    app.request(`http://cms.example.test/jobs${path}`, {
      ...init,
      headers: { host: 'cms.example.test', 'sec-fetch-site': 'same-origin', ...headers },
    });
}
const form = (token: string, headers: Record<string, string> = {}) => ({
  method: 'POST',
  body: new URLSearchParams({ token, secure: '0' }).toString(),
  headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
});
const cookieOf = (response: Response): string => (response.headers.get('set-cookie') ?? '').split(';')[0] as string;
const job = { method: 'POST', body: '{"type":"work","data":{}}', headers: { 'content-type': 'application/json' } };

test('a token has the rights that the host gives it, and unknown tokens have none', async () => {
  await using jobs = await open();
  const ask = browser(jobs);
  const as = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
  expect((await ask('/api/jobs')).status).toBe(401);
  expect((await ask('/api/jobs', as('token-of-eve'))).status).toBe(401);
  expect((await ask('/api/jobs', as('token-of-ed'))).status).toBe(200);
  expect(await (await ask('/api/me', as('token-of-ed'))).json()).toMatchObject({
    user: 'ed',
    may: { view: true, add: true, operate: false, administer: false },
  });
  expect((await ask('/api/plugins/work/disable', { method: 'POST', ...as('token-of-ed') })).status).toBe(403);
  expect((await ask('/api/plugins/work/disable', { method: 'POST', ...as('token-of-ada') })).status).toBe(200);
});

test('a user with `where` sees only those jobs', async () => {
  await using jobs = await open();
  const { id } = await jobs.addJob({ type: 'work', data: {} });
  const headers = { authorization: 'Bearer token-of-tom' };
  expect((await browser(jobs)(`/api/jobs/${id}`, { headers })).status).toBe(403);
  expect(await (await browser(jobs)('/api/jobs', { headers })).json()).toMatchObject({ jobs: [] });
  // There are no pages here, and the refusal says no more.
  expect((await browser(jobs)('/schedules', { headers })).status).toBe(404);
});

test('two cookies of the same name are both ignored, because one may come from another site on the host', async () => {
  await using jobs = await open();
  const ask = browser(jobs);
  const mine = cookieOf(await ask('/sign-in', form('token-of-ed')));
  const planted = mine.replace('token-of-ed', 'token-of-ada');
  for (const cookie of [`${planted}; ${mine}`, `${mine}; ${planted}`])
    expect((await ask('/api/jobs', { headers: { cookie } })).status).toBe(401);
  expect((await ask('/api/jobs', { headers: { cookie: `${mine}; ${mine}; other=1` } })).status).toBe(200);
});

test('a browser exchanges its token for a cookie, works with it and signs out', async () => {
  await using jobs = await open();
  const ask = browser(jobs);
  const signed = await ask('/sign-in', form('token-of-ed'));
  expect([signed.status, signed.headers.get('set-cookie')]).toEqual([
    200,
    expect.stringMatching(/^pwj_token_[0-9a-f]{10}=token-of-ed; HttpOnly; SameSite=Strict$/),
  ]);
  const cookie = cookieOf(signed);
  const list = await ask('/api/jobs', { headers: { cookie } });
  expect(list.status).toBe(200);
  expect((await ask('/api/jobs', { ...job, headers: { ...job.headers, cookie } })).status).toBe(201);
  const out = await ask('/sign-out', { method: 'POST', headers: { cookie } });
  expect([out.status, out.headers.get('set-cookie')]).toEqual([204, expect.stringMatching(/=; Max-Age=0;/)]);
});

test('a token in the header also signs in, and behind TLS the cookie is sent over TLS only', async () => {
  await using jobs = await open();
  const headers = { authorization: 'Bearer token-of-ed', 'x-forwarded-proto': 'https' };
  const signed = await browser(jobs)('/sign-in', { method: 'POST', headers });
  expect(signed.headers.get('set-cookie')).toContain('; Secure');
  // Of a proxy that says nothing about TLS, the browser still names the page's origin.
  const fromPage = await browser(jobs)('/sign-in', form('token-of-ed', { origin: 'https://cms.example.test' }));
  expect(fromPage.headers.get('set-cookie')).toContain('; Secure');
});

test('a page of another site can neither sign anyone in nor use the cookie, unless the host trusts it', async () => {
  await using jobs = await open();
  const ask = browser(jobs);
  const evil = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example.test' };
  const trusted = { 'sec-fetch-site': 'cross-site', origin: 'https://admin.example.test' };
  expect((await ask('/sign-in', form('token-of-ed', evil))).status).toBe(403);
  const signed = await ask('/sign-in', form('token-of-ed', trusted));
  expect(signed.status).toBe(200);
  const cookie = cookieOf(signed);
  expect((await ask('/api/jobs', { headers: { cookie, ...evil } })).status).toBe(401);
  expect((await ask('/api/jobs', { ...job, headers: { ...job.headers, cookie, ...evil } })).status).toBe(403);
  expect((await ask('/sign-out', { method: 'POST', headers: { cookie, ...evil } })).status).toBe(403);
});

test('a token that the host no longer knows ends the session, and a wrong or oversized one is refused', async () => {
  const gone = new Set<string>();
  await using jobs = await open((token) => (gone.has(token) ? null : (USERS.get(token) ?? null)));
  const ask = browser(jobs);
  const cookie = cookieOf(await ask('/sign-in', form('token-of-ed')));
  gone.add('token-of-ed');
  expect((await ask('/api/jobs', { headers: { cookie } })).status).toBe(401);
  expect((await ask('/sign-in', form('token-of-ed'))).status).toBe(401);
  expect((await ask('/sign-in', form('x'.repeat(4_000)))).status).toBe(413);
});

test('a check that throws or returns something else admits no one, and the log says why', async () => {
  await using jobs = await open(((token: string) => {
    if (token === 'thrown') throw new Error('the key is missing');
    return { name: 'ada' };
  }) as never);
  const ask = browser(jobs);
  for (const token of ['thrown', 'shape'])
    expect((await ask('/api/jobs', { headers: { authorization: `Bearer ${token}` } })).status).toBe(401);
  const log = jobs.log.join('\n');
  expect(log).toContain('the key is missing');
  expect(log).toContain('it must return null or { user: string, may: Action[] }');
});
