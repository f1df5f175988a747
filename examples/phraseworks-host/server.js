// A host shaped like PhraseWorks: Hono on node-server, bearer tokens, plugins with a slug, a job queue and a WebSocket of its own.
import { serve } from '@hono/node-server';
import { addJob } from '@phraseworks/sdk';
import { Hono } from 'hono';
import { compress } from 'hono/compress';
import { authMiddleware, issueToken } from './auth.js';
import { loadTasks } from './cron.js';
import { runPluginInits } from './initPlugins.js';
import { jobQueue, jobs, runTask, scheduleTasks } from './jobs.js';
import { writeOption } from './options.js';
import { page } from './page.js';
import { createWebSocketServer } from './websocket.js';

const app = new Hono();
app.use('*', compress());
// Before everything of the CMS that reads the body.
app.route('/jobs', jobs.routes);

app.post('/login', async (c) => c.json({ token: await issueToken((await c.req.json()).userId) }));

app.use('/graphql', authMiddleware, async (c, next) => {
  if (!c.get('isAuth')) return c.json({ error: 'Authentication required' }, 401);
  // As the CMS's cache does: it takes the body as text, before the handler reads it.
  c.set('body', JSON.parse(await c.req.text()));
  // Not awaited: a plugin that stops slowly must not hold up other requests.
  runPluginInits().catch((error) => console.error('Plugins:', error.message));
  await next();
});
const ADMINS_ONLY = ['createUser', 'updatePlugins', 'runCronTaskInstantly'];
const mutations = {
  uploadFile: async ({ filename, data }, clientId) => {
    // The answer of enqueue() holds the whole picture.
    const { id } = await jobQueue.enqueue('image-upload', { filename, base64Data: data }, { priority: 5, clientId });
    return { id };
  },
  createUser: async ({ name, email }) =>
    addJob({ type: 'email', data: { to: email, template: 'welcome', variables: { userName: name } } }),
  updatePlugins: async ({ plugins }) => {
    await writeOption('plugins', plugins);
    await runPluginInits();
  },
  getCronTasks: loadTasks,
  runCronTaskInstantly: async ({ id }) => runTask(id),
};
app.post('/graphql', async (c) => {
  const { mutation, variables } = c.get('body');
  if (!Object.hasOwn(mutations, mutation)) return c.json({ error: 'Unknown mutation' }, 400);
  if (ADMINS_ONLY.includes(mutation) && !c.get('isAdmin')) return c.json({ error: 'Administrators only' }, 403);
  const data = await mutations[mutation](variables, c.req.header('x-client-id'));
  return c.json({ data });
});
// Last, as in the CMS: it takes every address that is left.
app.get('*', (c) => c.html(page));

// Before the start, so that a run which was due meanwhile finds its task. A bad task must not stop the CMS.
await scheduleTasks(await loadTasks()).catch((error) => console.error('Scheduled tasks:', error.message));
await jobs.start();
await runPluginInits();

const sockets = createWebSocketServer(Number(process.env.WS_PORT ?? 8081));
const server = serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000) }, ({ port }) => {
  console.log(`http://localhost:${port}/jobs`);
});
jobs.attachWebSocket(server);

process.once('SIGTERM', async () => {
  server.close();
  sockets.close();
  await jobs.stop();
  process.exit(0);
});
