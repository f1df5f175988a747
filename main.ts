// What `npm start` runs: read the config, create, mount, listen, stop on signals. `--demo` repeats the demo jobs.
import { startServer } from '@phraseworks/jobs/start';
import { runDemo } from './examples/demo/demo.ts';
import config from './jobs.config.ts';

await startServer({
  config,
  baseDir: import.meta.dirname,
  onStarted: (site) => runDemo(site, process.argv.includes('--demo')),
});
