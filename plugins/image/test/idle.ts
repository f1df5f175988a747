// Run by a test in a process of its own: starts the plugin, runs one job, prints when sharp was loaded.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createJobs } from '@phraseworks/jobs';
import image from '../src/index.ts';

/** Native libraries of this process: sharp cannot work without its own. */
const sharpLoaded = (): boolean =>
  (process.report.getReport() as unknown as { sharedObjects: string[] }).sharedObjects.some((file) =>
    /sharp|vips/i.test(file),
  );

const GIF = Buffer.from('R0lGODlhAQABAIAAAP8AAP///yH5BAAAAAAALAAAAAABAAEAAAICRAEAOw==', 'base64');

const folder = await mkdtemp(join(tmpdir(), 'pwj-idle-'));
await writeFile(join(folder, 'a.gif'), GIF);
const jobs = await createJobs({
  database: 'sqlite::memory:',
  logLevel: 'error',
  plugins: { image: { use: image, config: { root: join(folder, 'out'), sources: [folder] } } },
});
const ended = new Promise<string>((resolve) => {
  jobs.addAction('job:completed', () => resolve('completed'));
  jobs.addAction('job:failed', ({ error }) => resolve(error));
});
const data = { source: 'a.gif', operations: [{ type: 'resize' as const, width: 1 }] };
const { id } = await jobs.addJob({ type: 'image_process', data, delay: 3_600_000 });
await jobs.start();
const idle = sharpLoaded();
await jobs.cancelJob(id);
await jobs.addJob({ type: 'image_process', data });
const added = sharpLoaded();
const status = await ended;
console.log(JSON.stringify({ idle, added, status, used: sharpLoaded() }));
await jobs.stop();
await rm(folder, { recursive: true });
