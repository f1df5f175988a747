// Below /cms/jobs. A proxy in front passes the path on as it is: `location /cms/ { proxy_pass http://127.0.0.1:3000; }` in nginx.
import { serve } from '@hono/node-server';
import { createJobs } from '@phraseworks/jobs';
import { Hono } from 'hono';
import { site, stopOnSignal } from './site.js';

const jobs = await createJobs({ ...site, mountPath: '/cms/jobs' });
const app = new Hono().basePath('/cms');
app.route('/jobs', jobs.routes);
app.get('*', (c) => c.text('The application itself.'));

const server = serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000) }, ({ port }) => {
  console.log(`http://localhost:${port}/cms/jobs`);
});
jobs.attachWebSocket(server);
await jobs.start();
stopOnSignal(jobs, server);
