// A site in a process of its own, as `npm start` runs it; with `drain`, as a host that stops the job system itself.
import { createJobs, type JobsConfig, type JobsOptions } from '@phraseworks/jobs';
import { startServer } from '@phraseworks/jobs/start';
import { work } from './work-plugin.ts';

interface Settings extends JobsConfig {
  /** Milliseconds that running jobs are given at a SIGTERM. */
  drain?: number;
  /** Without `authorize`: only who signs in is let in. */
  closed?: boolean;
}

const say = (word: string, what: string): void => void process.stdout.write(`${word} ${what}\n`);
const { drain, closed, ...settings } = JSON.parse(process.argv[2] ?? '') as Settings;
const config: JobsOptions = {
  ...settings,
  ...(closed ? {} : { authorize: () => true }),
  plugins: { work: { use: work } },
};

say('up', String(Date.now()));
if (drain === undefined) {
  await startServer({ config, baseDir: import.meta.dirname, onStarted: async ({ url }) => say('ready', url) });
} else {
  const jobs = await createJobs(config);
  process.once('SIGTERM', async () => {
    await jobs.stop({ timeout: drain });
    process.exit(0);
  });
  await jobs.start();
  say('ready', 'without a server');
}
