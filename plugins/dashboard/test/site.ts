// A site for tests: the dashboard, and a plugin whose jobs end as their data says.
import { createTestJobs, type TestJobs, type TestUser } from '@phraseworks/jobs/testing';
import { type Block, definePlugin, type PluginContext } from '@phraseworks/sdk';
import { Hono } from 'hono';
import dashboard from '../src/index.ts';

export const BASE = '/admin/jobs';

export interface Site {
  jobs: TestJobs;
  /** The answer for a path below the mount point, `/admin/jobs`, to an administrator unless said otherwise. */
  get(path: string, as?: TestUser): Promise<Response>;
  html(path: string, as?: TestUser): Promise<string>;
  /** What a browser sends for a form on one of our pages. */
  submit(path: string, as?: TestUser, headers?: Record<string, string>): Promise<Response>;
  [Symbol.asyncDispose](): Promise<void>;
}

interface SiteOptions {
  panel?: () => Block[];
  /** Paths of the panel's actions that were called. */
  called?: string[];
}

const mailOf = ({ panel, called = [] }: SiteOptions) =>
  definePlugin({
    name: 'mail',
    title: 'Mail',
    async init(ctx: PluginContext) {
      ctx.registerProcessor('mail', async (data, _id, _attempt, job) => {
        job.log.info(String(data.log ?? 'sent'));
        if (data.fail) return { success: false, error: String(data.fail), retryable: data.again === true };
        return { success: true, result: data.result ?? data.to };
      });
      await ctx.scheduleJob({ name: 'digest', schedule: '0 9 * * *', jobData: { type: 'mail', data: { to: 'team' } } });
      if (panel) ctx.panel({ id: 'box', title: 'Mailbox', data: panel });
      ctx.routes.post('/empty', (c) => {
        called.push('/empty');
        return c.json({});
      });
    },
  });

export async function openSite(options: SiteOptions = {}): Promise<Site> {
  const jobs = await createTestJobs({ plugins: { dashboard: { use: dashboard }, mail: { use: mailOf(options) } } });
  const app = new Hono();
  app.route(BASE, jobs.routes);
  const send = async (method: string, path: string, as: TestUser, headers: Record<string, string> = {}) =>
    app.request(`${BASE}${path}`, {
      method,
      headers: { ...(as === 'anonymous' ? {} : { 'x-test-as': as }), ...headers },
    });
  return {
    jobs,
    get: (path, as = 'admin') => send('GET', path, as),
    html: async (path, as = 'admin') => (await send('GET', path, as)).text(),
    submit: (path, as = 'admin', headers = { 'sec-fetch-site': 'same-origin' }) =>
      send('POST', path, as, { 'content-type': 'application/x-www-form-urlencoded', ...headers }),
    [Symbol.asyncDispose]: () => jobs.stop({ timeout: 0 }),
  };
}

/** Every `href`, `src` and `action` of a page. */
export const addressesIn = (html: string): string[] =>
  [...html.matchAll(/ (?:href|src|action)="([^"]*)"/g)].map(([, address = '']) => address.replaceAll('&amp;', '&'));
