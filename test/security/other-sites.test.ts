// Pages of other sites, on a site whose users have cookies: they can neither write nor listen, nor read anything.
import type { Authorize } from '@phraseworks/jobs';
import { expect, test } from 'vitest';
import { Listener } from '../support/listener.ts';
import { type LiveSite, openLiveSite } from '../support/live-site.ts';

const TRUSTED = 'https://admin.example.com';

/** A session in a cookie, which browsers send whatever page asks; or a token, which they do not. */
const session: Authorize = (c) =>
  c.req.header('cookie') === 'session=admin' || c.req.header('authorization') === 'Bearer admin'
    ? { user: 'ann' }
    : null;

async function open(): Promise<LiveSite> {
  const site = await openLiveSite({ authorize: session, allowedOrigins: [TRUSTED] });
  site.jobs.registerProcessor('plain', async () => {});
  return site;
}

const cookie = { cookie: 'session=admin' };
const token = { authorization: 'Bearer admin' };

test.each<[string, Record<string, string>, number]>([
  ['our own page', { ...cookie, origin: 'OWN', 'sec-fetch-site': 'same-origin' }, 201],
  ['no browser', cookie, 201],
  ['another site', { ...cookie, origin: 'https://evil.example.com', 'sec-fetch-site': 'cross-site' }, 403],
  ['another site in an old browser', { ...cookie, origin: 'https://evil.example.com' }, 403],
  ['a sandboxed page', { ...cookie, origin: 'null' }, 403],
  ['another port of this machine', { ...cookie, origin: 'http://127.0.0.1:1' }, 403],
  ['a trusted origin', { ...cookie, origin: TRUSTED, 'sec-fetch-site': 'cross-site' }, 201],
  ['another site with a token', { ...token, origin: 'https://evil.example.com' }, 201],
])('a job sent by %s with %j is answered with %i', async (_, headers, status) => {
  await using site = await open();
  const sent = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, value.replace('OWN', new URL(site.url).origin)]),
  );
  const response = await fetch(`${site.url}/api/jobs`, {
    method: 'POST',
    headers: { ...sent, 'content-type': 'application/json' },
    body: '{"type":"plain","data":1}',
  });
  expect(response.status).toBe(status);
  expect((await site.jobs.listJobs()).jobs).toHaveLength(status === 201 ? 1 : 0);
});

test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
  'a form of another site (%s) adds nothing, with or without a cookie',
  async (type) => {
    await using site = await open();
    for (const path of ['/api/jobs', '/api/ticket', '/api/plugins/x/enable', '/api/schedules']) {
      const response = await fetch(`${site.url}${path}`, {
        method: 'POST',
        headers: { ...cookie, origin: 'https://evil.example.com', 'content-type': type },
        body: '{"type":"plain","data":1}',
      });
      expect([path, response.status]).toEqual([path, 403]);
    }
    expect((await site.jobs.listJobs()).jobs).toEqual([]);
  },
);

test('no answer can be read by another origin', async () => {
  await using site = await open();
  const headers = { ...cookie, origin: 'https://evil.example.com' };
  for (const method of ['GET', 'OPTIONS', 'POST']) {
    for (const path of ['/api/jobs', '/api/metrics', '/health']) {
      const answer = await fetch(`${site.url}${path}`, { method, headers });
      expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
    }
  }
});

test.each<[string, Record<string, string>, number | 'hello']>([
  ['our own page', { ...cookie, origin: 'OWN' }, 'hello'],
  ['no browser', token, 'hello'],
  ['a trusted origin', { ...cookie, origin: TRUSTED }, 'hello'],
  ['another site', { ...cookie, origin: 'https://evil.example.com' }, 403],
  ['another site with a token', { ...token, origin: 'https://evil.example.com' }, 403],
  ['a sandboxed page', { ...cookie, origin: 'null' }, 403],
  ['nobody', {}, 401],
])('a WebSocket opened by %s with %j gives %s', async (_, headers, outcome) => {
  await using site = await open();
  const sent = { ...headers, ...(headers.origin === 'OWN' ? { origin: new URL(site.url).origin } : {}) };
  await using ws = new Listener(site.ws, { headers: sent });
  if (outcome === 'hello') await ws.until(({ heard }) => heard[0]?.type === 'hello');
  else expect(await ws.over).toBe(outcome);
});

test.each<[string, Record<string, string>, number]>([
  ['our own page', { ...cookie, 'sec-fetch-site': 'same-origin' }, 200],
  ['no browser', cookie, 200],
  ['a trusted origin', { ...cookie, origin: TRUSTED, 'sec-fetch-site': 'cross-site' }, 200],
  ['another site', { ...cookie, 'sec-fetch-site': 'cross-site' }, 403],
  ['another site with a token', { ...token, 'sec-fetch-site': 'cross-site' }, 200],
])('an event stream opened by %s with %j is answered with %i', async (_, headers, status) => {
  await using site = await open();
  const stream = await fetch(`${site.url}/events`, { headers });
  await stream.body?.cancel();
  expect(stream.status).toBe(status);
});

test('a ticket opens exactly one WebSocket for a client that cannot send headers', async () => {
  await using site = await open();
  const response = await fetch(`${site.url}/api/ticket`, { method: 'POST', headers: token });
  const { ticket } = (await response.json()) as { ticket: string };
  await using ws = await Listener.open(`${site.ws}?ticket=${ticket}`);
  expect(ws.heard[0]?.type).toBe('hello');
  expect(await new Listener(`${site.ws}?ticket=${ticket}`).over).toBe(401);
  expect(await new Listener(`${site.ws}?ticket=${ticket.slice(1)}x`).over).toBe(401);
});
