// Without authorize a site lets in only who signs in, whoever stands in front of it: nobody, nginx, HAProxy, or another user of the machine.
import { execFile } from 'node:child_process';
import { chmod, stat } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ManualClock } from '@phraseworks/jobs/testing';
import dashboard from '@phraseworks/plugin-dashboard';
import { expect, test, vi } from 'vitest';
import { systemClock, systemRandom } from '../../core/src/clock.ts';
import { openDatabase } from '../../core/src/db/open.ts';
import { SignIn } from '../../core/src/db/sign-in.ts';
import { testDatabase } from '../../core/src/testing/test-database.ts';
import { startChild } from '../support/child.ts';
import { commandLine } from '../support/command-line.ts';
import { temporaryFolder } from '../support/folder.ts';
import { Listener } from '../support/listener.ts';
import { openLiveSite } from '../support/live-site.ts';
import { type ProxyName, startProxy } from '../support/proxies.ts';

vi.setConfig({ testTimeout: 60_000 });

type Headers = Record<string, string>;

/** Status of a GET with headers that fetch would not send. */
const get = (port: number, path: string, headers: Headers = {}): Promise<number> =>
  new Promise((resolve, reject) => {
    const out = request({ host: '127.0.0.1', port, path, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    out.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve(response.statusCode ?? 0);
    });
    out.on('error', reject);
    out.end();
  });

const PATHS = [
  '',
  '/',
  '/api/jobs',
  '/api/me',
  '/api/metrics',
  '/metrics',
  '/api/plugins',
  '/api/openapi.json',
  '/plugins/x/y',
];
const FORGED: Headers[] = [
  {},
  { host: 'localhost' },
  { host: '127.0.0.1:3210' },
  { 'x-forwarded-for': '127.0.0.1' },
  { forwarded: 'for=127.0.0.1;host=localhost' },
  { 'x-real-ip': '::1', 'x-forwarded-host': 'localhost' },
];
const UPGRADE: Headers = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

/** Nothing but health, ready and the page that names the command. */
async function expectClosed(port: number): Promise<void> {
  for (const headers of FORGED) {
    for (const path of [...PATHS, '/events', '/api/none'])
      expect([path, headers, await get(port, `/jobs${path}`, headers)]).toEqual([path, headers, 401]);
    expect([headers, await get(port, '/jobs/ws', { ...headers, ...UPGRADE })]).toEqual([headers, 401]);
  }
  for (const path of ['/health', '/ready']) expect(await get(port, `/jobs${path}`)).toBe(200);
}

/** Sends the code as the page of the link does; answers the cookie. */
async function exchange(origin: string, code: string, headers: Headers = {}): Promise<Response> {
  return fetch(`${origin}/jobs/sign-in`, { method: 'POST', headers, body: new URLSearchParams({ code, secure: '' }) });
}

const cookieOf = (response: Response): string => response.headers.get('set-cookie')?.split(';')[0] ?? '';

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

test.each<['nothing' | ProxyName]>([['nothing'], ['nginx'], ['haproxy']])(
  'a host without authorize behind %s lets in nobody but who signs in',
  async (proxy) => {
    const database = `sqlite:${join(await temporaryFolder(), 'jobs.db')}`;
    await using site = await openLiveSite({
      database,
      closed: true,
      plugins: { dashboard: { use: dashboard } },
    });
    const port = proxy === 'nothing' ? site.port : await startProxy(proxy, site.port);
    await expectClosed(port);
    const origin = `http://127.0.0.1:${port}`;
    const dialect = await openDatabase(database, systemClock, systemRandom);
    const code = await new SignIn({ dialect, clock: systemClock, random: systemRandom }).code(60_000);
    await dialect.close();
    // A preview of the link uses nothing up, and tells no other site about it.
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

test('the cookie is for HTTPS only as soon as anything says that the browser uses it', async () => {
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

test.each<['nginx' | 'haproxy']>([['nginx'], ['haproxy']])(
  'the link of the start screen signs in once through %s, and no line of the log holds it',
  async (proxy) => {
    const database = `sqlite:${join(await temporaryFolder(), 'jobs.db')}`;
    const child = startChild('site-child.ts', { database, closed: true }, { PORT: '0', LOG_LEVEL: 'debug' });
    const link = new URL(await child.line(' Link  '));
    await child.line('ready ');
    const port = await startProxy(proxy, Number(link.port));
    await expectClosed(port);
    const code = link.searchParams.get('code') ?? '';
    const cookie = cookieOf(await exchange(`http://127.0.0.1:${port}`, code));
    expect(await get(port, '/jobs/api/jobs', { cookie })).toBe(200);
    expect((await exchange(`http://127.0.0.1:${port}`, code)).status).toBe(401);
    child.signal('SIGTERM');
    await child.over;
    expect(child.errors()).not.toContain(code);
    expect(child.errors()).not.toContain('pwj_');
  },
);

test('with JSON logs the start screen has no link, and any HOST may be listened on', async () => {
  const database = `sqlite:${join(await temporaryFolder(), 'jobs.db')}`;
  const env = { PORT: '0', LOG_FORMAT: 'json', HOST: '0.0.0.0' };
  const child = startChild('site-child.ts', { database, closed: true }, env);
  await child.line('ready ');
  expect(child.lines.join('\n')).not.toContain('sign-in');
});

test('the command prints a link and a token, and revoking ends both', async () => {
  const folder = await temporaryFolder();
  const database = `sqlite:${join(folder, 'jobs.db')}`;
  await using site = await openLiveSite({ database, closed: true });
  const run = (...args: string[]) => commandLine(folder, ['link', '--database', database, ...args]);
  const printed = await run('--url', `http://127.0.0.1:${site.port}/jobs/`);
  expect([printed.code, printed.out.length]).toEqual([0, 1]);
  const link = new URL(printed.out[0] ?? '');
  expect(`${link.origin}${link.pathname}`).toBe(`http://127.0.0.1:${site.port}/jobs/sign-in`);
  const cookie = cookieOf(await exchange(link.origin, link.searchParams.get('code') ?? ''));
  const [token = ''] = (await run('--token')).out;
  const bearer = { authorization: `Bearer ${token}` };
  expect(await get(site.port, '/jobs/api/jobs', { cookie })).toBe(200);
  const foreign = `${cookie.split('=')[0]}=set-by-another-site`;
  expect(await get(site.port, '/jobs/api/jobs', { cookie: `${foreign}; ${cookie}` })).toBe(200);
  expect(await get(site.port, '/jobs/api/jobs', { cookie: foreign })).toBe(401);
  expect(await get(site.port, '/jobs/api/jobs', bearer)).toBe(200);
  expect((await run('--token', '--revoke')).code).toBe(0);
  await vi.waitFor(async () => expect(await get(site.port, '/jobs/api/jobs', bearer)).toBe(401), { timeout: 5_000 });
  expect(await get(site.port, '/jobs/api/jobs', { cookie })).toBe(401);
  expect((await run('--json')).code).toBe(2);
});

test('of two processes on one database that redeem a code at the same time one wins, and an old code is refused', async () => {
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

test.skipIf(process.getuid?.() !== 0)(
  'another user of the machine is not let in and cannot read code, key or token',
  async () => {
    const folder = await temporaryFolder();
    await chmod(folder, 0o755);
    const database = `sqlite:${join(folder, 'data/jobs.db')}`;
    const child = startChild('site-child.ts', { database, closed: true }, { PORT: '0' });
    const link = new URL(await child.line(' Link  '));
    const page = await child.line('ready ');
    expect((await stat(join(folder, 'data'))).mode & 0o777).toBe(0o700);
    for (const name of ['jobs.db', 'jobs.db-wal', 'jobs.db-shm'])
      expect([name, (await stat(join(folder, 'data', name))).mode & 0o777]).toEqual([name, 0o600]);
    const asOther = async (script: string): Promise<string> => {
      const args = ['--reuid=65534', '--regid=65534', '--clear-groups', 'sh', '-c', script];
      return (await promisify(execFile)('setpriv', args)).stdout;
    };
    const code = link.searchParams.get('code') ?? '';
    expect(await asOther(`curl -s -o /dev/null -w '%{http_code}' ${page}/api/jobs`)).toBe('401');
    expect(await asOther('cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null; true')).not.toContain(code);
    expect(await asOther(`cat ${folder}/data/* 2>/dev/null; true`)).toBe('');
  },
);
