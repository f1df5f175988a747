// Plain Node: requests below /jobs go to the job system, all others to the host's own handler.
import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { createJobs } from '@phraseworks/jobs';
import { Hono } from 'hono';
import { site, stopOnSignal } from './site.js';

const jobs = await createJobs(site);
const jobsListener = getRequestListener(new Hono().route('/jobs', jobs.routes).fetch);

const server = createServer((request, response) => {
  if (/^\/jobs(?:[/?]|$)/.test(request.url)) void jobsListener(request, response);
  else response.end('The application itself.');
});
jobs.attachWebSocket(server);
server.listen(Number(process.env.PORT ?? 3000), () => console.log(`http://localhost:${server.address().port}/jobs`));
await jobs.start();
stopOnSignal(jobs, server);
