// A site with one page: it uploads a picture, follows its job and shows what came out.
import type { Server } from 'node:http';
import { serve } from '@hono/node-server';
import { createJobs } from '@phraseworks/jobs';
import { Hono } from 'hono';
import { pageRoutes } from './page.ts';
import { pictureRoutes } from './pictures.ts';

const ROOT = 'data/files';
const port = Number(process.env.PORT ?? 3000);

const jobs = await createJobs({
  storage: { files: { folder: ROOT } },
  plugins: { image: { config: { publicUrl: '/pictures' } } },
  // Everybody who reaches the server, which listens on this machine only, may upload and follow.
  authorize: (_c, action) => action === 'view' || action === 'add',
});

const app = new Hono();
app.route('/jobs', jobs.routes);
app.route('/pictures', pictureRoutes(ROOT));
app.route('/', await pageRoutes());

const server = serve({ fetch: app.fetch, port, hostname: '127.0.0.1' }, (at) =>
  console.log(`http://localhost:${at.port}/`),
) as Server;
jobs.attachWebSocket(server);
await jobs.start();

process.once('SIGTERM', async () => {
  server.close();
  await jobs.stop();
  process.exit(0);
});
