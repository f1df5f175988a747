// Fastify 5: the jobs have a scope of their own, in which Fastify does not read bodies.
import { getRequestListener } from '@hono/node-server';
import { createJobs } from '@phraseworks/jobs';
import fastify from 'fastify';
import { Hono } from 'hono';
import { site, stopOnSignal } from './site.js';

const jobs = await createJobs(site);
const jobsListener = getRequestListener(new Hono().route('/jobs', jobs.routes).fetch);

const app = fastify();
app.register(async (scope) => {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
  for (const path of ['/jobs', '/jobs/*'])
    scope.all(path, (request, reply) => jobsListener(request.raw, reply.hijack().raw));
});
app.get('/', async () => 'The application itself.');

jobs.attachWebSocket(app.server);
await app.listen({ port: Number(process.env.PORT ?? 3000) });
console.log(`http://localhost:${app.server.address().port}/jobs`);
await jobs.start();
stopOnSignal(jobs, app);
