// A whole instance in memory behind its API, for tests of addresses, rights and bodies. It is not started, so jobs wait.
import { definePlugin, type PluginApp } from '@phraseworks/sdk';
import { Hono } from 'hono';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { assemble, type JobsOptions } from '../src/create-jobs.ts';
import { systemClock, systemRandom } from '../src/kernel/clock.ts';
import { createLogger } from '../src/kernel/logger.ts';

/** Answers what reached it. */
const echo = (app: PluginApp, kind: string) =>
  app.all('*', async (c) => {
    const { pathname, search } = new URL(c.req.url);
    const { plugin, user, base } = c.var;
    return c.json([plugin, kind, c.req.method, pathname + search, await c.req.text(), user ?? '', base]);
  });

const email = definePlugin({
  name: 'email',
  async init(ctx) {
    ctx.registerProcessor('email', () => {});
    ctx.registerProcessor('image_process', () => {});
    const data = z.object({ to: z.email().meta({ id: 'address' }) });
    ctx.registerProcessor('letter', () => {}, { data, concurrency: 1 });
    await ctx.scheduleJob({ name: 'digest', schedule: '0 9 * * *', jobData: { type: 'email' as string, data: {} } });
    ctx.routes.post('/redirected', (c) => c.redirect('/', 303));
    ctx.routes.post('/refused', (c) => c.text('refused', 409));
    echo(ctx.routes, 'routes');
    echo(ctx.publicRoutes, 'public');
  },
});

/** With the plugin `email`, and everybody may do everything, unless `options` says otherwise. `closed`: without `authorize`. */
export async function openHttpSite({ closed = false, ...options }: JobsOptions & { closed?: boolean } = {}) {
  const lines: string[] = [];
  const jobs = await assemble(
    {
      database: 'sqlite::memory:',
      plugins: { email: { use: email } },
      onPluginFailure: 'stop',
      ...(closed ? {} : { authorize: () => true }),
      log: createLogger('debug', (line) => lines.push(line)),
      ...options,
    },
    { clock: systemClock, random: systemRandom, env: {} },
  );
  onTestFinished(() => jobs.stop({ timeout: 0 }));
  const app = new Hono();
  app.route('/jobs', jobs.routes);
  app.get('*', (c) => c.text('the site'));
  return { app, jobs, lines, dialect: jobs.internals.core.ledger.dialect };
}

export type HttpSite = Awaited<ReturnType<typeof openHttpSite>>;
