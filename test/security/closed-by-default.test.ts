// Without authorize a site is closed to everybody but this machine, over HTTP and over the WebSocket.
import { request } from 'node:http';
import { networkInterfaces } from 'node:os';
import dashboard from '@phraseworks/plugin-dashboard';
import { expect, test } from 'vitest';
import { startChild } from '../support/child.ts';
import { Listener } from '../support/listener.ts';
import { openLiveSite } from '../support/live-site.ts';

/** An address of this machine that is not loopback. */
const outside = Object.values(networkInterfaces())
  .flat()
  .find((one) => one?.family === 'IPv4' && !one.internal)?.address;

/** Status of a GET with headers that fetch would not send. */
const get = (port: number, path: string, headers: Record<string, string> = {}, host = '127.0.0.1'): Promise<number> =>
  new Promise((resolve, reject) => {
    const out = request({ host, port, path, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    out.on('error', reject);
    out.end();
  });

test.each<[string, Record<string, string>, number]>([
  ['this machine', {}, 200],
  ['a name that was bent to this machine', { host: 'evil.example.com' }, 403],
  ['a proxy on this machine', { 'x-forwarded-for': '203.0.113.9' }, 403],
  ['a proxy that speaks the standard', { forwarded: 'for=203.0.113.9' }, 403],
  ['a page of another site', { origin: 'https://evil.example.com' }, 403],
])('%s that asks with %j is answered with %i', async (_, headers, status) => {
  await using site = await openLiveSite();
  expect(await get(site.port, '/jobs/api/jobs', headers)).toBe(status);
  expect(await get(site.port, '/jobs/events?since=0', headers)).toBe(status);
  const ws = new Listener(site.ws, { headers });
  if (status === 200) {
    await ws.until(({ heard }) => heard.some(({ type }) => type === 'hello'));
    await ws[Symbol.asyncDispose]();
  } else expect(await ws.over).toBe(status);
  expect(await get(site.port, '/jobs/health', headers)).toBe(200);
  expect(await get(site.port, '/', headers)).toBe(200);
});

test('another machine is refused everything but health', async ({ skip }) => {
  if (outside === undefined) skip('this machine has no address but loopback');
  await using site = await openLiveSite({ plugins: { dashboard: { use: dashboard } } }, '0.0.0.0');
  const paths = ['', '/api/jobs', '/api/metrics', '/api/plugins', '/api/types', '/api/docs', '/plugins/x/y', '/events'];
  for (const path of paths) expect([path, await get(site.port, `/jobs${path}`, {}, outside)]).toEqual([path, 403]);
  const spoofed = { host: `localhost:${site.port}` };
  expect(await get(site.port, '/jobs/api/jobs', spoofed, outside)).toBe(403);
  expect(await new Listener(`ws://${outside}:${site.port}/jobs/ws`).over).toBe(403);
  expect(await get(site.port, '/jobs/health', {}, outside)).toBe(200);
});

test('npm start refuses an address that others can reach while nobody says who may do what', async () => {
  const child = startChild('site-child.ts', { database: 'sqlite::memory:' }, { HOST: '0.0.0.0', PORT: '4910' });
  expect(await child.over).toBe(1);
  expect(child.errors()).toBe(
    'HOST is not this machine, and nobody says who may do what: add authorize(c, action, subject) to jobs.config.ts, or leave HOST out.\n',
  );
});
