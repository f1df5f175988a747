// A Hono application with background jobs. Outside this repository `node server.js` starts it.
import { serve } from '@hono/node-server';
import { createJobs } from '@phraseworks/jobs';
import { Hono } from 'hono';
import greeter from './greeter.js';
import { askForPassword, userOf } from './users.js';

const app = new Hono();
const port = Number(process.env.PORT ?? 3000);

const authorize = (c, action) => {
  const user = userOf(c);
  return user ? (user.isAdmin || action === 'view') && { user: user.name } : null;
};
const jobs = await createJobs({ plugins: { dashboard: true, email: true, greeter: { use: greeter } }, authorize });
app.use('/jobs/*', askForPassword);
app.route('/jobs', jobs.routes);
app.get('*', (c) => c.text('The application itself.')); // Hono takes no more routes after its first request.
const server = serve({ fetch: app.fetch, port }, (at) => console.log(`http://localhost:${at.port}/jobs`));
jobs.attachWebSocket(server);
await jobs.start();

process.once('SIGTERM', async () => {
  server.close();
  await jobs.stop();
  process.exit(0);
});
