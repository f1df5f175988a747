// Each host unchanged, in its own process: the API, the dashboard, the WebSocket, the host's own routes and a clean stop.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { temporaryFolder } from '../../test/support/folder.ts';
import { flagsFor, startHost } from '../host-process.ts';

vi.setConfig({ testTimeout: 60_000 });

const TOKEN = 'of-the-admin';
const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };

/** Adds a job over HTTP, follows it over the WebSocket, and answers its result. */
async function greet(url: string): Promise<string> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, { headers });
  const result = new Promise<string>((resolve) => {
    socket.on('message', (text) => {
      const { type, data } = JSON.parse(String(text));
      if (type === 'job_update' && data.event === 'job_completed') resolve(data.result);
    });
  });
  await once(socket, 'message');
  const job = { method: 'POST', headers, body: JSON.stringify({ type: 'greet', data: { name: 'Ada' } }) };
  expect((await fetch(`${url}/api/jobs`, job)).status).toBe(201);
  const greeting = await result;
  socket.close();
  return greeting;
}

test.each([
  ['express.js', '/jobs'],
  ['fastify.js', '/jobs'],
  ['node-http.js', '/jobs'],
  ['node-server-1.js', '/jobs'],
  ['sub-path.js', '/cms/jobs'],
])('%s runs jobs below %s next to its own routes, and stops cleanly', async (file, mount) => {
  await using host = await startHost(new URL(file, import.meta.url), { TOKEN });
  expect(new URL(host.url).pathname).toBe(mount);
  expect(await greet(host.url)).toMatch(/^Hello Ada from \d+$/);
  expect((await fetch(`${host.url}/api/jobs`)).status).toBe(401);
  const page = await fetch(host.url, { headers: { ...headers, accept: 'text/html' } });
  expect([page.status, await page.text()]).toEqual([200, expect.stringContaining(`href="${mount}/schedules"`)]);
  const own = await fetch(new URL(mount.replace('jobs', ''), host.url));
  expect(await own.text()).toBe('The application itself.');
  expect(await host.stop()).toBe(0);
});

function startWorker(DATABASE: string): ChildProcess {
  const root = fileURLToPath(new URL('../../tsconfig.json', import.meta.url));
  const file = fileURLToPath(new URL('worker.js', import.meta.url));
  return spawn(process.execPath, [...flagsFor(file), file], {
    env: { ...process.env, DATABASE, TSX_TSCONFIG_PATH: root },
  });
}

test('web.js accepts jobs that worker.js runs', async () => {
  const DATABASE = `sqlite:${join(await temporaryFolder(), 'jobs.db')}`;
  await using host = await startHost(new URL('web.js', import.meta.url), { TOKEN, DATABASE });
  const worker = startWorker(DATABASE);
  expect(await greet(host.url)).toBe(`Hello Ada from ${worker.pid}`);
  worker.kill('SIGTERM');
  expect(await once(worker, 'exit')).toEqual([0, null]);
});
