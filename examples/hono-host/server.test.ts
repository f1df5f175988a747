// The example unchanged, in its own process.
import { expect, test } from 'vitest';
import { Listener } from '../../test/support/listener.ts';
import { startHost } from '../host-process.ts';

const server = new URL('server.js', import.meta.url);
const PASSWORD = 'correct horse';
const headers = { Authorization: `Basic ${Buffer.from(`ada:${PASSWORD}`).toString('base64')}` };

test('a job added over HTTP completes, and its events arrive', async () => {
  await using host = await startHost(server, { PASSWORD });
  await using ws = await Listener.open(`${host.url.replace('http', 'ws')}/ws?types=greet`, { headers });

  const body = JSON.stringify({ type: 'greet', data: { name: 'Ada' } });
  const added = await fetch(`${host.url}/api/jobs`, {
    method: 'POST',
    headers: { ...headers, 'Content-Type': 'application/json' },
    body,
  });
  expect(added.status).toBe(201);
  const { id } = (await added.json()) as { id: string };

  await ws.until((listener) => listener.of(id).includes('job_completed'));
  expect(ws.of(id)).toEqual(['job_added', 'job_started', 'job_completed']);
  const job = await (await fetch(`${host.url}/api/jobs/${id}`, { headers })).json();
  expect(job).toMatchObject({ status: 'completed', message: 'Hello Ada', plugin: 'greeter' });
});

test('the dashboard is at the mount point, the rest is the application, and a signal stops both', async () => {
  await using host = await startHost(server, { PASSWORD });
  for (const path of ['', '/api/jobs', '/api/jobs?x']) expect((await fetch(host.url + path)).status).toBe(401);
  expect(await (await fetch(host.url, { headers })).text()).toContain('<!doctype html>');
  expect(await (await fetch(new URL('/anything', host.url))).text()).toBe('The application itself.');
  expect(await (await fetch(`${host.url}/plugins/greeter/greeting`, { headers })).text()).toBe('Hello');
  const { schedules } = (await (await fetch(`${host.url}/api/schedules`, { headers })).json()) as {
    schedules: { name: string }[];
  };
  expect(schedules.map(({ name }) => name)).toContain('greeter/morning');
  expect(await host.stop()).toBe(0);
});
