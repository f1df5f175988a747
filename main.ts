// What `npm start` runs: read the config, create, mount, listen, stop on signals. `--demo` repeats the demo jobs, `--workers N` runs jobs in N processes.
import { startServer } from '@phraseworks/cli';
import { readArguments, UsageError } from './cli/src/arguments.ts';
import { runDemo } from './examples/demo/demo.ts';
import config from './jobs.config.ts';

const USAGE = `Usage: npm start -- [options]

  --demo       repeat the demo jobs
  --workers N  run the jobs in N processes of their own
  -h, --help   this text

The environment sets PORT, HOST, JOBS_DATABASE, LOG_LEVEL and LOG_FORMAT: PORT=4000 npm start
All other settings are in jobs.config.ts: docs/configuration.md lists them.
`;

const flag = { type: 'boolean', about: '' } as const;
const OPTIONS = {
  demo: flag,
  workers: { type: 'string', value: 'N', about: '' },
  help: { ...flag, short: 'h' },
} as const;

const args = process.argv.slice(2);
const { demo = false, help = false } = chosen();
if (help) {
  process.stdout.write(USAGE);
  process.exit();
}

await startServer({
  config,
  configFile: 'jobs.config.ts',
  baseDir: import.meta.dirname,
  args,
  onStarted: (site) => runDemo(site, demo),
});

function chosen() {
  try {
    const { values, positionals } = readArguments(args, OPTIONS);
    if (positionals.length > 0) throw new UsageError('npm start takes no arguments, only options.');
    return values;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${USAGE}`);
    process.exit(2);
  }
}
