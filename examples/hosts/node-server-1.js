// Hono on @hono/node-server 1, as PhraseWorks has it. In your own application the package has its usual name.
import { createJobs } from '@phraseworks/jobs';
import { Hono } from 'hono';
import { serve } from 'node-server-1';
import { site, stopOnSignal } from './site.js';

const jobs = await createJobs(site);
const app = new Hono();
app.route('/jobs', jobs.routes);
app.get('*', (c) => c.text('The application itself.'));

const server = serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000) }, ({ port }) => {
  console.log(`http://localhost:${port}/jobs`);
});
jobs.attachWebSocket(server);
await jobs.start();
stopOnSignal(jobs, server);
