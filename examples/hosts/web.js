// The web process: it takes jobs and requests, and runs nothing. worker.js beside it runs the jobs.
import { serve } from '@hono/node-server';
import { createJobs } from '@phraseworks/jobs';
import { Hono } from 'hono';
import { site, stopOnSignal } from './site.js';

const jobs = await createJobs({ ...site, roles: ['web'] });
const app = new Hono();
app.route('/jobs', jobs.routes);
app.get('*', (c) => c.text('The application itself.'));

const server = serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000) }, ({ port }) => {
  console.log(`http://localhost:${port}/jobs`);
});
jobs.attachWebSocket(server);
await jobs.start();
stopOnSignal(jobs, server);
