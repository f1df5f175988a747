// What an instance costs before it does anything: createJobs and start with the built-in plugins, and their memory.
import { join } from 'node:path';
import { createJobs } from '@phraseworks/jobs';

const start = performance.now();
const jobs = await createJobs({
  database: `sqlite:${join(process.argv[2] ?? '.', 'start.db')}`,
  plugins: { email: true, image: true, dashboard: true },
  logLevel: 'error',
});
const plugins = await jobs.start();
const ms = performance.now() - start;
if (plugins.some((plugin) => plugin.state !== 'on')) throw new Error('a plugin is not on');
process.stdout.write(
  `${JSON.stringify({ value: ms, unit: 'ms', more: { 'RSS MB': process.memoryUsage.rss() / 1e6, 'process ms': performance.now() } })}\n`,
);
await jobs.stop();
process.exit(0);
