// A site on a real server whose jobs wait for the test: they report progress and end when the test says so.
import type { JobResult, RunningJob } from '@phraseworks/sdk';
import { onTestFinished } from 'vitest';
import { type WatchedClient, watchedClient } from '../../test/browser/watched-client.ts';
import { type LiveSite, openLiveSite } from '../../test/support/live-site.ts';

interface Attempt {
  running: RunningJob;
  end(result: JobResult): void;
}

export interface Steps extends WatchedClient {
  site: LiveSite;
  /** Adds a job of the type `steps`; answers its id. */
  add(): Promise<string>;
  /** Resolves when the job is running. */
  attempt(jobId: string): Promise<Attempt>;
}

/** Closed with the test. */
export async function openSteps(): Promise<Steps> {
  const site = await openLiveSite();
  onTestFinished(() => site[Symbol.asyncDispose]());
  const attempts = new Map<string, Attempt>();
  const waiting = new Set<() => void>();
  site.jobs.registerProcessor('steps', (_data, jobId, _attempt, running) => {
    return new Promise<JobResult>((resolve, reject) => {
      running.signal.addEventListener('abort', () => reject(running.signal.reason));
      attempts.set(jobId, { running, end: resolve });
      for (const look of [...waiting]) look();
    });
  });
  return {
    ...watchedClient(site.url),
    site,
    add: async () => (await site.jobs.addJob({ type: 'steps', data: {} })).id,
    attempt: (jobId) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = attempts.get(jobId);
          if (!found) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
  };
}
