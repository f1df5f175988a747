// A site on a real server whose plugin writes letters, for people with different rights; jobs end as their data says.
import { join } from 'node:path';
import { type Authorize, createJobs, type JobsHost, type JobsOptions } from '@phraseworks/jobs';
import { definePlugin, type NewJob } from '@phraseworks/sdk';
import { Hono } from 'hono';
import { z } from 'zod';
import type { Chromium, Look, Visit } from './browser.ts';
import { type Served, served } from './served.ts';

const RIGHTS = {
  admin: ['view', 'add', 'operate', 'administer'],
  operator: ['view', 'add', 'operate'],
  editor: ['view', 'add'],
  viewer: ['view'],
};

export type Person = keyof typeof RIGHTS;

const authorize: Authorize = (c, action) => {
  const person = /(?:^|; )person=(\w+)/.exec(c.req.header('cookie') ?? '')?.[1] ?? '';
  const rights = RIGHTS[person as Person];
  return rights ? rights.includes(action) && { user: person } : null;
};

const Letter = z.object({ to: z.string(), fail: z.string().optional(), wait: z.boolean().optional() });

/** A plugin with everything that pages show: a type, a schedule, settings, and a panel with a button. */
const post = definePlugin({
  name: 'post',
  title: 'Post',
  description: 'Letters and their boxes.',
  config: z.object({ sender: z.string().default('The office'), stamps: z.int().min(0).default(12) }),
  async init(ctx) {
    let emptied = 0;
    ctx.registerProcessor(
      'letter',
      async ({ fail, wait }, _id, _attempt, job) => {
        job.log.info('the letter is written');
        if (wait) {
          await job.progress({ percentage: 40, message: 'on its way' });
          await new Promise((_resolve, reject) => {
            job.signal.addEventListener('abort', () => reject(job.signal.reason));
          });
        }
        if (fail) return { success: false, error: fail, retryable: false };
        return { success: true, result: { delivered: true } };
      },
      { data: Letter, summary: ({ to }) => `Letter to ${to}`, example: { to: 'Ada' }, concurrency: 2 },
    );
    await ctx.scheduleJob({
      name: 'round',
      schedule: '0 9 * * *',
      jobData: { type: 'letter', data: { to: 'the team' } },
    });
    ctx.panel({
      id: 'box',
      title: 'Letter box',
      data: () => [
        { type: 'text', text: `Emptied ${emptied} times.` },
        { type: 'action', label: 'Empty the box', post: '/empty', confirm: 'Take all letters out?' },
      ],
    });
    ctx.routes.post('/empty', (c) => {
      emptied += 1;
      return c.json({});
    });
  },
});

export interface PostSite extends Served {
  jobs: JobsHost;
  /** Of the mount point. */
  url: string;
  /** Adds a letter; answers its id. */
  add(data: object, more?: Partial<NewJob>): Promise<string>;
  status(id: string): Promise<string | undefined>;
  /** How often it was put back. */
  putBack(id: string): Promise<number>;
  /** A page of the site as this person sees it. */
  open(browser: Chromium, person: Person, path?: string, look?: Look): Promise<Visit>;
}

/** Stopped with the test. `folder` holds its database; without `port` it takes a free one. */
export async function openPostSite(folder: string, port = 0, options: JobsOptions = {}): Promise<PostSite> {
  const jobs = await createJobs({
    database: `sqlite:${join(folder, 'jobs.db')}`,
    authorize,
    logLevel: 'silent',
    // On a busy machine a plugin may take longer than the 2 s that a start waits otherwise.
    onPluginFailure: 'stop',
    ...options,
    plugins: { post: { use: post }, ...options.plugins },
  });
  const site = await served(new Hono().route('/jobs', jobs.routes), jobs, port);
  await jobs.start();
  const url = `${site.origin}/jobs`;
  return {
    ...site,
    jobs,
    url,
    add: async (data, more = {}) => (await jobs.addJob({ type: 'letter', data, ...more })).id,
    status: async (id) => (await jobs.getJobStatus(id))?.status,
    putBack: async (id) => (await jobs.getJobHistory(id)).filter(({ event }) => event === 'job_requeued').length,
    open: (browser, person, path = '', look = {}) => browser.open(`${url}${path}`, { ...look, cookies: { person } }),
  };
}
