// PhraseWorks Jobs through its front door, history and events on.
import { createJobs, type JobsHost } from '@phraseworks/jobs';
import { payload, type Side } from '../side.ts';

export function ours(): Side & { host: () => JobsHost } {
  let jobs: JobsHost;
  let process: () => void = () => {};
  return {
    name: 'phraseworks',
    host: () => jobs,
    open: async (path) => {
      jobs = await createJobs({
        database: `sqlite:${path}`,
        queue: { maxConcurrentJobs: 10, maxQueueSize: 10_000_000 },
        logLevel: 'error',
        plugins: {},
      });
      jobs.registerProcessor('noop', async () => process());
      return jobs.info().durability === 'full' ? 2 : 1;
    },
    add: (n) => jobs.addJob({ type: 'noop', data: payload(n) }),
    addMany: (ns) => jobs.addJobs(ns.map((n) => ({ type: 'noop', data: payload(n) }))),
    work: async (fn) => {
      process = fn;
      await jobs.start();
    },
    stop: () => jobs.stop(),
  };
}
