// What `npm start` runs: read the config, create, mount, listen, stop on signals. `--demo` repeats the demo jobs, `--workers N` runs jobs in N processes.
import { startServer } from '@phraseworks/cli';
import { runDemo } from './examples/demo/demo.ts';
import config from './jobs.config.ts';

await startServer({
  config,
  configFile: 'jobs.config.ts',
  baseDir: import.meta.dirname,
  args: process.argv.slice(2),
  onStarted: (site) => runDemo(site, process.argv.includes('--demo')),
});
