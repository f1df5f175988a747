// A site with worker processes, or a worker alone: each line says which process did what.
import { writeSync } from 'node:fs';
import type { JobsConfig } from '@phraseworks/jobs';
import { definePlugin, type RunningJob } from '@phraseworks/sdk';
import { startServer } from '../src/start.ts';

interface Settings extends JobsConfig {
  workers: number;
  /** A worker process ends like this before it is ready. */
  dieAtStart?: boolean;
}

const say = (word: string, what: string): void => void process.stdout.write(`${word} ${what}\n`);
const { workers, dieAtStart, ...settings } = JSON.parse(process.argv[2] ?? '') as Settings;

/** Runs until its signal fires, or for `ms`. */
const hold = (id: string, ms: number | undefined, { signal }: RunningJob): Promise<void> =>
  new Promise((resolve, reject) => {
    say('running', `${id} ${process.pid}`);
    signal.addEventListener('abort', () => reject(signal.reason));
    if (ms !== undefined) setTimeout(resolve, ms);
  });

const crew = definePlugin({
  name: 'crew',
  init(ctx) {
    if (dieAtStart && process.send) process.exit(7);
    ctx.registerProcessor('hold', ({ ms }: { ms?: number }, id, _attempt, job) => hold(id, ms, job));
    ctx.registerProcessor('block', (_data, id) => {
      // Written at once: nothing else is, from then on.
      writeSync(1, `running ${id} ${process.pid}\n`);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    });
  },
});

say('process', String(process.pid));
await startServer({
  config: { ...settings, authorize: () => true, plugins: { crew: { use: crew } } },
  baseDir: import.meta.dirname,
  args: ['--workers', String(workers)],
  onStarted: async ({ url, jobs }) => {
    jobs.addAction('job:completed', ({ jobId }) => say('completed', jobId));
    say('ready', url);
  },
});
