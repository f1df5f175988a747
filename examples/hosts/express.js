// Express 5: mount the jobs before any middleware that reads bodies.
import { getRequestListener } from '@hono/node-server';
import { createJobs } from '@phraseworks/jobs';
import express from 'express';
import { Hono } from 'hono';
import { site, stopOnSignal } from './site.js';

const jobs = await createJobs(site);
const jobsListener = getRequestListener(new Hono().route('/jobs', jobs.routes).fetch);

const app = express();
app.all(['/jobs', '/jobs/{*path}'], (request, response) => jobsListener(request, response));
app.use(express.json());
app.get('/', (_request, response) => response.send('The application itself.'));

const server = app.listen(Number(process.env.PORT ?? 3000), (error) => {
  if (error) throw error;
  console.log(`http://localhost:${server.address().port}/jobs`);
});
jobs.attachWebSocket(server);
await jobs.start();
stopOnSignal(jobs, server);
