// PhraseWorks Jobs through its front door, history and events on.
import { createJobs, type JobsHost, type JobsOptions } from '@phraseworks/jobs';
import { payload, type Side } from '../side.ts';

/** Attempts at once where its drain is fastest. */
const BEST = { sqlite: 10, mysql: 200 };

const NO_LIMIT = 10_000_000;

export const openOurs = (
  target: string,
  options: Partial<JobsOptions> = {},
  create: typeof createJobs = createJobs,
): Promise<JobsHost> => {
  const mysql = target.startsWith('mysql:');
  return create({
    database: mysql ? target : `sqlite:${target}`,
    queue: { maxConcurrentJobs: mysql ? BEST.mysql : BEST.sqlite, maxQueueSize: NO_LIMIT },
    logLevel: 'error',
    plugins: {},
    ...options,
  });
};

/** A site with the types of many plugins, of which one is used. */
export const oursAmongFifty = (): Side => ours(50);

/** `create`: of another state of the core than the one that is built here. */
export function ours(types = 1, create: typeof createJobs = createJobs): Side {
  let jobs: JobsHost;
  let process: () => void = () => {};
  return {
    name: 'phraseworks',
    open: async (target) => {
      jobs = await openOurs(target, {}, create);
      jobs.registerProcessor('noop', async () => process());
      for (let n = 1; n < types; n += 1) jobs.registerProcessor(`other-${n}`, async () => process());
      return jobs.info().durability;
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
