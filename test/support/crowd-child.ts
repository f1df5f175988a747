// A process of its own: fills a database with large jobs and results, or serves it.
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { createJobs } from '@phraseworks/jobs';
import { definePlugin } from '@phraseworks/sdk';
import { Hono } from 'hono';

const { database, seed } = JSON.parse(process.argv[2] ?? '{}') as { database: string; seed?: number };

const plugin = definePlugin({
  name: 'crowd',
  init: ({ registerProcessor }) => {
    registerProcessor('large', async () => {});
    registerProcessor('told', async () => ({ success: true, result: 'r'.repeat(15_000) }));
  },
});
const jobs = await createJobs({
  database,
  plugins: { crowd: { use: plugin } },
  authorize: () => true,
  logLevel: 'silent',
  queue: { maxQueueSize: 10_000, maxConcurrentJobs: 20 },
  roles: seed === undefined ? ['web'] : ['web', 'worker'],
});

if (seed !== undefined) {
  let left = 2 * seed;
  const over = new Promise<void>((resolve) => {
    jobs.addAction('job:completed', () => {
      left -= 1;
      if (left === 0) resolve();
    });
  });
  await jobs.start();
  const data = { text: 'd'.repeat(250_000) };
  for (let n = 0; n < seed; n += 10) {
    await jobs.addJobs(Array.from({ length: Math.min(10, seed - n) }, () => ({ type: 'large', data })));
    await jobs.addJobs(Array.from({ length: Math.min(10, seed - n) }, () => ({ type: 'told', data: {} })));
  }
  await over;
  await jobs.stop();
} else {
  const app = new Hono();
  app.route('/jobs', jobs.routes);
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as Server;
  jobs.attachWebSocket(server);
  await Promise.all([once(server, 'listening'), jobs.start()]);
  console.log(`port ${(server.address() as AddressInfo).port}`);
}
