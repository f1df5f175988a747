// A site for tests: the dashboard, and a plugin whose jobs end as their data says.

import { type AnyPlugin, type Block, definePlugin, type PluginContext } from '@phraseworks/sdk';
import { createTestJobs, type TestJobs, type TestUser } from '@phraseworks/testing';
import { Hono } from 'hono';
import { z } from 'zod';
import dashboard from '../src/index.ts';

export const BASE = '/admin/jobs';

export interface Site {
  jobs: TestJobs;
  /** The answer for a path below the mount point, `/admin/jobs`, to an administrator unless said otherwise. */
  get(path: string, as?: TestUser, headers?: Record<string, string>): Promise<Response>;
  html(path: string, as?: TestUser): Promise<string>;
  /** What a browser sends for a form on one of our pages. */
  submit(path: string, as?: TestUser, headers?: Record<string, string>, body?: URLSearchParams): Promise<Response>;
  [Symbol.asyncDispose](): Promise<void>;
}

interface SiteOptions {
  /** More plugins, by name. */
  plugins?: Record<string, AnyPlugin>;
  panel?: () => Block[];
  /** Paths of the panel's actions that were called. */
  called?: string[];
  /** What the page of a job shows of it. */
  view?: () => Block[];
  /** Keys of the data that are secrets. */
  secrets?: string[];
  /** Without it, there is no HTTP API. */
  api?: false;
}

const dataWith = (secrets: readonly string[]) =>
  z
    .looseObject({ ...Object.fromEntries(secrets.map((key) => [key, z.string().meta({ secret: true }).optional()])) })
    .refine(({ count }) => count === undefined || typeof count === 'number', {
      path: ['count'],
      params: { message: 'must be a number' },
    });

const mailOf = ({ panel, called = [], view, secrets = [] }: SiteOptions) =>
  definePlugin({
    name: 'mail',
    title: 'Mail',
    async init(ctx: PluginContext) {
      ctx.registerProcessor(
        'mail',
        async (data, _id, _attempt, job) => {
          job.log.info(String(data.log ?? 'sent'));
          if (data.once) await job.once(String(data.once), () => null);
          if (data.fail) return { success: false, error: String(data.fail), retryable: data.again !== undefined };
          return { success: true, result: data.result ?? data.to };
        },
        { data: dataWith(secrets), ...(view ? { view } : {}) },
      );
      await ctx.scheduleJob({ name: 'digest', schedule: '0 9 * * *', jobData: { type: 'mail', data: { to: 'team' } } });
      if (panel) ctx.panel({ id: 'box', title: 'Mailbox', data: panel });
      ctx.routes.post('/empty', (c) => {
        called.push('/empty');
        return c.json({});
      });
    },
  });

export async function openSite(options: SiteOptions = {}): Promise<Site> {
  const plugins = { dashboard, mail: mailOf(options), ...options.plugins };
  const jobs = await createTestJobs({
    plugins: {
      ...Object.fromEntries(Object.entries(plugins).map(([name, use]) => [name, { use }])),
      ...(options.api === false ? { api: false } : {}),
    },
  });
  return mounted(jobs);
}

/** The dashboard of an instance below `BASE`, as browsers see it; disposing of it stops the instance. */
export function mounted(jobs: TestJobs): Site {
  const app = new Hono();
  app.route(BASE, jobs.routes);
  const send = async (method: string, path: string, as: TestUser, headers: Record<string, string> = {}, body = '') =>
    app.request(`${BASE}${path}`, {
      method,
      headers: { ...(as === 'anonymous' ? {} : { 'x-test-as': as }), ...headers },
      ...(method === 'GET' ? {} : { body }),
    });
  return {
    jobs,
    get: (path, as = 'admin', headers) => send('GET', path, as, headers),
    html: async (path, as = 'admin') => (await send('GET', path, as)).text(),
    submit: (path, as = 'admin', headers = { 'sec-fetch-site': 'same-origin' }, body = new URLSearchParams()) =>
      send('POST', path, as, { 'content-type': 'application/x-www-form-urlencoded', ...headers }, String(body)),
    [Symbol.asyncDispose]: () => jobs.stop({ timeout: 0 }),
  };
}

/** Every `href`, `src` and `action` of a page. */
export const addressesIn = (html: string): string[] =>
  [...html.matchAll(/ (?:href|src|action)="([^"]*)"/g)].map(([, address = '']) => address.replaceAll('&amp;', '&'));
