// The example's site in this process.
import { join } from 'node:path';
import { createJobs, type JobsHost } from '@phraseworks/jobs';
import { Hono } from 'hono';
import { pageRoutes } from '../../examples/react-upload/page.ts';
import { pictureRoutes } from '../../examples/react-upload/pictures.ts';
import { type Served, served } from './served.ts';

export interface UploadSite extends Served {
  jobs: JobsHost;
  /** Of the page. */
  url: string;
}

let page: Promise<Hono> | undefined;

/** Stopped with the test. `folder` holds its database and files. */
export async function openUploadSite(folder: string): Promise<UploadSite> {
  const root = join(folder, 'files');
  const jobs = await createJobs({
    database: `sqlite:${join(folder, 'jobs.db')}`,
    storage: { uploads: { folder: join(folder, 'uploads') }, files: { folder: root } },
    plugins: { image: { config: { publicUrl: '/pictures' } } },
    logLevel: 'silent',
    authorize: () => true,
    // On a busy machine a plugin may take longer than the 2 s that a start waits otherwise.
    onPluginFailure: 'stop',
  });
  page ??= pageRoutes();
  const app = new Hono();
  app.route('/jobs', jobs.routes);
  app.route('/pictures', pictureRoutes(root));
  app.route('/', await page);
  const site = await served(app, jobs);
  await jobs.start();
  return { ...site, jobs, url: `${site.origin}/` };
}
