// A host shaped like PhraseWorks: Hono on node-server, Bearer tokens, plugins with a slug, a WebSocket of its own.
import { serve } from '@hono/node-server';
import { createJobs } from '@phraseworks/jobs';
import { addJob } from '@phraseworks/sdk';
import { Hono } from 'hono';
import { auth, authorize, issueToken } from './auth.js';
import { attachOwnSocket } from './own-socket.js';

const jobs = await createJobs({
  plugins: { dashboard: true, email: true, reminder: { use: './plugins/reminder' } },
  baseDir: import.meta.dirname,
  authorize,
  default: true,
});

const app = new Hono();
// The CMS's own middleware runs first, so that authorize() finds what it sets.
app.use('/jobs/*', auth);
app.route('/jobs', jobs.routes);

app.post('/login', async (c) => {
  const { userId } = await c.req.json();
  return c.json({ token: await issueToken(userId) });
});
app.post('/users', auth, async (c) => {
  if (!c.get('isAuth')) return c.json({ error: 'Sign in first' }, 401);
  const { name, email } = await c.req.json();
  const job = await addJob({ type: 'email', data: { to: email, template: 'welcome', variables: { userName: name } } });
  return c.json({ name, welcomedBy: job.id }, 201);
});
// Last, as in the CMS: it takes every address that is left.
app.get('*', (c) => c.html('<!doctype html><title>PhraseWorks</title>'));

const port = Number(process.env.PORT ?? 3000);
const server = serve({ fetch: app.fetch, port }, (at) => console.log(`http://localhost:${at.port}/jobs`));
attachOwnSocket(server);
jobs.attachWebSocket(server);
await jobs.start();

process.once('SIGTERM', async () => {
  server.close();
  await jobs.stop();
  process.exit(0);
});
