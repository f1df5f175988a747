// The jobs of the first start: each real, on real input, and followed on the screen until it finishes.
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import type { JobsHost } from '@phraseworks/jobs';
import type { Job } from '@phraseworks/sdk';
import { paintPhoto } from '../../scripts/paint-photo.ts';
import { type DemoJob, demoJobs, exactly, leaveOldFiles, preview } from './jobs.ts';

const FOLDER = 'data/demo';
const MARK = `${FOLDER}/done`;
const PHOTO = `${FOLDER}/harbour.jpg`;

interface Site {
  jobs: JobsHost;
  screen: { say(line: string): void; job(job: Job, what: string): void };
  url: string;
}

/** Once per data folder, unless it is asked for again. */
export async function runDemo(site: Site, again: boolean): Promise<void> {
  if (existsSync(MARK) && !again) return;
  await mkdir(FOLDER, { recursive: true });
  const { jobs, screen } = site;
  // Painting takes the processor for a moment: it must not delay the first jobs.
  if (!existsSync(PHOTO)) await paintPhoto(PHOTO);
  const photo = new File([await readFile(PHOTO)], 'harbour.jpg', { type: 'image/jpeg' });
  await leaveOldFiles(Date.now());
  screen.say(' Real jobs on real input (once; npm run demo repeats them)');
  const names = new Map<string, string>();
  const waiting = new Set<string>();
  const add = async ({ what, job }: DemoJob): Promise<string> => {
    const { id } = await jobs.addJob(job);
    names.set(id, what);
    waiting.add(id);
    return id;
  };
  let finished: () => void = () => {};
  const over = new Promise<void>((resolve) => {
    finished = resolve;
  });
  let previewId = '';
  const show = async ({ jobId }: { jobId: string }): Promise<void> => {
    const what = names.get(jobId);
    const job = what === undefined ? null : await jobs.getJobStatus(jobId);
    if (!job || what === undefined) return;
    screen.job(job, what);
    if (job.status === 'pending') return;
    const list = jobId === previewId ? (job.result as { list?: string } | null)?.list : undefined;
    if (list !== undefined) await add(exactly(list));
    waiting.delete(jobId);
    if (waiting.size === 0) finished();
  };
  const listeners = (['job:completed', 'job:failed', 'job:retry'] as const).map((name) => jobs.addAction(name, show));
  // Wait until all have been added: the demo ends with the last one to finish.
  waiting.add(MARK);
  for (const one of demoJobs(photo)) await add(one);
  previewId = await add(preview);
  waiting.delete(MARK);
  await over;
  for (const stop of listeners) await stop();
  await writeFile(MARK, 'The demo jobs ran here. npm run demo repeats them.\n');
  screen.say('');
  screen.say(` All of them have ended: see ${site.url}`);
}
