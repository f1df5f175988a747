// Run by a test in a process of its own: starts the plugin, prints whether sharp is loaded, before and after one job.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestJobs } from '@phraseworks/jobs/testing';
import image from '../src/index.ts';

/** Native libraries of this process: sharp cannot work without its own. */
const sharpLoaded = (): boolean =>
  (process.report.getReport() as unknown as { sharedObjects: string[] }).sharedObjects.some((file) =>
    /sharp|vips/i.test(file),
  );

const GIF = Buffer.from('R0lGODlhAQABAIAAAP8AAP///yH5BAAAAAAALAAAAAABAAEAAAICRAEAOw==', 'base64');

const folder = await mkdtemp(join(tmpdir(), 'pwj-idle-'));
await writeFile(join(folder, 'a.gif'), GIF);
const jobs = await createTestJobs({
  plugins: { image: { use: image, config: { root: join(folder, 'out'), sources: [folder] } } },
});
const idle = sharpLoaded();
const job = await jobs.addJob({
  type: 'image_process',
  data: { source: 'a.gif', operations: [{ type: 'resize', width: 1 }] },
});
const waiting = sharpLoaded();
await jobs.drain();
const status = (await jobs.getJobStatus(job.id))?.status;
console.log(JSON.stringify({ idle, waiting, status, used: sharpLoaded() }));
await jobs.stop();
await rm(folder, { recursive: true });
