// A whole job system with this plugin, for measuring: a database on the disk, a folder of sources and a folder of results.
import { join } from 'node:path';
import { createJobs } from '@phraseworks/jobs';
import type { Dispose } from '@phraseworks/sdk';
import type { ImageJobData } from '../src/index.ts';
import image from '../src/index.ts';

/** `run` adds jobs and waits until the last one has ended; it rejects when one has failed. */
export async function instance(folder: string, config: Record<string, unknown>) {
  const root = join(folder, 'results');
  const jobs = await createJobs({
    database: `sqlite:${join(folder, 'jobs.db')}`,
    logLevel: 'error',
    queue: { maxConcurrentJobs: 16, maxQueueSize: 100_000 },
    storage: { files: { folder: root } },
    plugins: { image: { use: image, config: { sources: [folder], ...config } } },
  });
  await jobs.start();
  return {
    stop: () => jobs.stop(),
    async run(list: readonly ImageJobData[]): Promise<void> {
      let left = list.length;
      const listeners: Dispose[] = [];
      const ended = new Promise<void>((resolve, reject) => {
        listeners.push(
          jobs.addAction('job:completed', () => {
            left--;
            if (left === 0) resolve();
          }),
          jobs.addAction('job:failed', ({ error }) => reject(new Error(error))),
        );
      });
      await jobs.addJobs(list.map((data) => ({ type: 'image_process' as const, data })));
      await ended;
      for (const undo of listeners) await undo();
    },
  };
}
