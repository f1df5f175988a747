// Without authorize a site admits only signed-in users, directly or behind nginx or HAProxy.
import { join } from 'node:path';
import { definePlugin, Pages } from '@phraseworks/sdk';
import { expect, test, vi } from 'vitest';
import { systemClock, systemRandom } from '../../../core/src/kernel/clock.ts';
import { openDatabase } from '../../../core/src/store/open.ts';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { Listener } from '../../../test/support/listener.ts';
import { openLiveSite } from '../../../test/support/live-site.ts';
import { type ProxyName, startProxy } from '../../../test/support/proxies.ts';
import { cookieOf, exchange, expectClosed, get, newCode } from '../../../test/support/sign-in.ts';
import signIn from '../src/index.ts';

vi.setConfig({ testTimeout: 60_000 });

const front = definePlugin({
  name: 'front',
  needs: { pages: Pages },
  init: ({ needs: { pages } }) => void pages.get('/', (c) => c.html('<p>hello</p>')),
});

const PLUGINS = { 'sign-in': { use: signIn } };

async function expectOpen(port: number, cookie: string): Promise<void> {
  for (const path of ['', '/api/jobs', '/api/plugins', '/api/openapi.json'])
    expect([path, await get(port, `/jobs${path}`, { cookie })]).toEqual([path, 200]);
  const added = await fetch(`http://127.0.0.1:${port}/jobs/api/jobs`, {
    method: 'POST',
    headers: { cookie, 'content-type': 'application/json', origin: `http://127.0.0.1:${port}` },
    body: JSON.stringify({ type: 'work', data: {} }),
  });
  expect([201, 404]).toContain(added.status);
  await using ws = new Listener(`ws://127.0.0.1:${port}/jobs/ws`, {
    headers: { cookie, origin: `http://127.0.0.1:${port}` },
  });
  await ws.until(({ heard }) => heard.some(({ type }) => type === 'hello'));
}

test.for<'nothing' | ProxyName>(['nothing', 'nginx', 'haproxy'])(
  'a host without authorize behind %s admits only signed-in users',
  async (proxy, { skip }) => {
    const database = `sqlite:${join(await temporaryFolder(), 'jobs.db')}`;
    await using site = await openLiveSite({ database, closed: true, plugins: { front: { use: front }, ...PLUGINS } });
    const port = proxy === 'nothing' ? site.port : await startProxy(proxy, site.port, skip);
    await expectClosed(port);
    const origin = `http://127.0.0.1:${port}`;
    const code = await newCode(site.jobs);
    // A preview of the link does not use it up, and no other site learns of it.
    const page = await fetch(`${origin}/jobs/sign-in?code=${code}`, { headers: { accept: 'text/html' } });
    expect([page.status, page.headers.get('set-cookie')]).toEqual([200, null]);
    expect(page.headers.get('referrer-policy')).toBe('no-referrer');
    expect(page.headers.get('cache-control')).toBe('no-store');
    const signed = await exchange(origin, code);
    expect(signed.status).toBe(200);
    expect(signed.headers.get('set-cookie')).toMatch(
      /^pwj_\w{6,}=[\w.-]+; Max-Age=2592000; HttpOnly; SameSite=Strict$/,
    );
    await expectOpen(port, cookieOf(signed));
    expect((await exchange(origin, code)).status).toBe(401);
    expect((await exchange(origin, 'A'.repeat(43))).status).toBe(401);
    await expectClosed(port);
  },
);

test('the cookie is limited to HTTPS as soon as any sign shows that the browser uses it', async () => {
  await using site = await openLiveSite({ closed: true, plugins: PLUGINS });
  const origin = `http://127.0.0.1:${site.port}`;
  const forwarded = await exchange(origin, await newCode(site.jobs), { 'x-forwarded-proto': 'https' });
  expect(forwarded.headers.get('set-cookie')).toContain('; Secure');
  const body = new URLSearchParams({ code: await newCode(site.jobs), secure: '1' });
  const told = await fetch(`${origin}/jobs/sign-in`, {
    method: 'POST',
    body,
    headers: { 'x-forwarded-proto': 'http' },
  });
  expect(told.headers.get('set-cookie')).toContain('; Secure');
});

test('a guessed code is refused at once, while another process writes', async () => {
  const database = `sqlite:${join(await temporaryFolder(), 'jobs.db')}`;
  await using site = await openLiveSite({ database, closed: true, plugins: PLUGINS });
  const other = await openDatabase(database, systemClock, systemRandom);
  await other.transaction(async () => {
    expect((await exchange(`http://127.0.0.1:${site.port}`, 'x'.repeat(43))).status).toBe(401);
  });
  await other.close();
});
