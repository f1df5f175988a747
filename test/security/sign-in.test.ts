// Without authorize a site admits only signed-in users, directly or behind nginx or HAProxy.
import { join } from 'node:path';
import { definePlugin, Pages } from '@phraseworks/sdk';
import { ManualClock } from '@phraseworks/testing';
import { expect, test, vi } from 'vitest';
import { systemClock, systemRandom } from '../../core/src/kernel/clock.ts';
import { openDatabase } from '../../core/src/store/open.ts';
import { SignIn } from '../../core/src/store/sign-in-store.ts';
import { testDatabase } from '../../testing/src/test-database.ts';
import { temporaryFolder } from '../support/folder.ts';
import { Listener } from '../support/listener.ts';
import { openLiveSite } from '../support/live-site.ts';
import { type ProxyName, startProxy } from '../support/proxies.ts';
import { cookieOf, exchange, expectClosed, get } from '../support/sign-in.ts';

vi.setConfig({ testTimeout: 60_000 });

const front = definePlugin({
  name: 'front',
  needs: { pages: Pages },
  init: ({ needs: { pages } }) => void pages.get('/', (c) => c.html('<p>hello</p>')),
});

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
    await using site = await openLiveSite({ database, closed: true, plugins: { front: { use: front } } });
    const port = proxy === 'nothing' ? site.port : await startProxy(proxy, site.port, skip);
    await expectClosed(port);
    const origin = `http://127.0.0.1:${port}`;
    const dialect = await openDatabase(database, systemClock, systemRandom);
    const code = await new SignIn({ dialect, clock: systemClock, random: systemRandom }).code(60_000);
    await dialect.close();
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
  const database = `sqlite:${join(await temporaryFolder(), 'jobs.db')}`;
  await using site = await openLiveSite({ database, closed: true });
  const dialect = await openDatabase(database, systemClock, systemRandom);
  const signIn = new SignIn({ dialect, clock: systemClock, random: systemRandom });
  const origin = `http://127.0.0.1:${site.port}`;
  const forwarded = await exchange(origin, await signIn.code(60_000), { 'x-forwarded-proto': 'https' });
  expect(forwarded.headers.get('set-cookie')).toContain('; Secure');
  const body = new URLSearchParams({ code: await signIn.code(60_000), secure: '1' });
  const told = await fetch(`${origin}/jobs/sign-in`, {
    method: 'POST',
    body,
    headers: { 'x-forwarded-proto': 'http' },
  });
  expect(told.headers.get('set-cookie')).toContain('; Secure');
  await dialect.close();
});

test('if two processes on one database redeem a code at once, one wins, and an old code is refused', async () => {
  const database = await testDatabase();
  const random = systemRandom;
  const clock = new ManualClock();
  const [one, two] = await Promise.all([1, 2].map(() => openDatabase(database, systemClock, random)));
  if (!one || !two) throw new Error('unreachable');
  const a = new SignIn({ dialect: one, clock, random });
  const b = database.includes('memory') ? a : new SignIn({ dialect: two, clock, random });
  // The row is made by both at once, too: there is one key.
  const [first, second] = await Promise.all([a.code(60_000), b.code(60_000)]);
  for (const code of [first, second]) {
    const outcomes = await Promise.all([a.redeem(code), b.redeem(code)]);
    expect(outcomes.filter((cookie) => cookie !== null)).toHaveLength(1);
    const cookie = outcomes.find((found) => found !== null);
    expect(await a.holds('cookie', cookie?.value ?? '')).toBe(true);
    expect(await b.holds('cookie', cookie?.value ?? '')).toBe(true);
  }
  const late = await a.code(60_000);
  await clock.advance(60_000, async () => undefined);
  expect(await b.redeem(late)).toBeNull();
  await Promise.all([one.close(), two.close()]);
});

test('a guessed code is refused at once, while another process writes', async () => {
  const database = `sqlite:${join(await temporaryFolder(), 'jobs.db')}`;
  await using site = await openLiveSite({ database, closed: true });
  const other = await openDatabase(database, systemClock, systemRandom);
  await other.transaction(async () => {
    expect((await exchange(`http://127.0.0.1:${site.port}`, 'x'.repeat(43))).status).toBe(401);
  });
  await other.close();
});
