// Processes of their own around one site with large jobs: one fills its database, one serves it, and one is the crowd.
import { once } from 'node:events';
import type { Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { serve } from '@hono/node-server';
import { createJobs } from '@phraseworks/jobs';
import { definePlugin } from '@phraseworks/sdk';
import { Hono } from 'hono';

export interface CrowdArgument {
  does: 'fill' | 'serve' | 'crowd';
  database?: string;
  /** Jobs with large data, and as many with large results. */
  jobs?: number;
  port?: number;
}

/** Milliseconds between two events that everybody hears. */
const EVENT_EVERY = 50;
/** Longer than the server's patience with those that do not read, so that it is seen to hang up; then all come back. */
const READERS_STAY = 9_000;
/** What is listed, 20 at a time, each as large as it may be; the last two look through all data and find nothing. */
const LISTS = ['', '&status=completed', '&type=large', '&q=nowhere', '&q=data.text:nowhere'];

const { does, database, jobs = 0, port } = JSON.parse(process.argv[2] ?? '{}') as CrowdArgument;

const site = (roles: ('web' | 'worker')[]) =>
  createJobs({
    ...(database ? { database } : {}),
    plugins: {
      crowd: {
        use: definePlugin({
          name: 'crowd',
          init: ({ registerProcessor }) => {
            registerProcessor('large', async () => {});
            registerProcessor('told', async () => ({ success: true, result: 'r'.repeat(15_000) }));
          },
        }),
      },
    },
    authorize: () => true,
    logLevel: 'silent',
    queue: { maxQueueSize: 10_000, maxConcurrentJobs: 20 },
    live: { maxPerUser: 1_000 },
    roles,
  });

async function fill(): Promise<void> {
  const host = await site(['web', 'worker']);
  let left = 2 * jobs;
  const over = new Promise<void>((resolve) => {
    host.addAction('job:completed', () => {
      left -= 1;
      if (left === 0) resolve();
    });
  });
  await host.start();
  const data = { text: 'd'.repeat(250_000) };
  for (let n = 0; n < jobs; n += 10) {
    const length = Math.min(10, jobs - n);
    await host.addJobs(Array.from({ length }, () => ({ type: 'large', data })));
    await host.addJobs(Array.from({ length }, () => ({ type: 'told', data: {} })));
  }
  await over;
  await host.stop();
}

async function serveIt(): Promise<void> {
  const host = await site(['web', 'worker']);
  const app = new Hono();
  app.route('/jobs', host.routes);
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as Server;
  host.attachWebSocket(server);
  await Promise.all([once(server, 'listening'), host.start()]);
  console.log(`port ${(server.address() as AddressInfo).port}`);
  for (;;) {
    await wait(EVENT_EVERY);
    await host.addJob({ type: 'told', data: {} });
  }
}

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';

/** Asks for all past events and those to come, and reads none of them. */
function silentReader(): Socket {
  const socket = connect(port as number, '127.0.0.1');
  socket.on('error', () => {});
  const upgrade = `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${KEY}\r\n`;
  socket.write(
    `GET /jobs/ws?since=1 HTTP/1.1\r\nHost: 127.0.0.1\r\n${upgrade}\r\n`,
  );
  return socket;
}

async function beCrowd(): Promise<void> {
  const url = `http://127.0.0.1:${port}/jobs/api/jobs?limit=200`;
  let largest = 0;
  const lists = async (): Promise<void> => {
    for (;;) {
      await Promise.all(
        Array.from({ length: 20 }, async (_, i) => {
          const answer = await fetch(`${url}${LISTS[i % LISTS.length]}`);
          if (answer.status !== 200) throw new Error(`a list was answered with ${answer.status}`);
          largest = Math.max(largest, (await answer.arrayBuffer()).byteLength);
        }),
      );
      console.log(`largest list ${largest}`);
    }
  };
  const readers = async (): Promise<void> => {
    for (;;) {
      const open = Array.from({ length: 60 }, () => silentReader());
      await wait(READERS_STAY);
      for (const reader of open) reader.destroy();
    }
  };
  await Promise.all([lists(), readers()]);
}

const deeds = { fill, serve: serveIt, crowd: beCrowd };
await deeds[does]();
