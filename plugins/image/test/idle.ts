// Run by a test in a process of its own: starts the plugin, runs one job, prints whether sharp was loaded.
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
  storage: { files: { folder: join(folder, 'out') } },
  plugins: { image: { use: image, config: { sources: [folder] } } },
});
const ended = new Promise<string>((resolve) => {
  jobs.addAction('job:completed', () => resolve('completed'));
  jobs.addAction('job:failed', ({ error }) => resolve(error));
});
const data = { source: 'a.gif', operations: [{ type: 'resize' as const, width: 1 }] };
await jobs.start();
await jobs.addJob({ type: 'image_process', data });
console.log(JSON.stringify({ status: await ended, loaded: sharpLoaded() }));
await jobs.stop();
await rm(folder, { recursive: true });
