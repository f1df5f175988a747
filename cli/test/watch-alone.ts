// `runWatched` without the command line: a process that watches its folder and runs `site.mjs` there.
import { systemClock, systemEnv } from '@phraseworks/jobs/internals/base';
import { runWatched } from '../src/watch.ts';

await runWatched({
  folder: process.cwd(),
  env: systemEnv(),
  clock: systemClock,
  say: (line) => process.stdout.write(`${line}\n`),
  args: ['site.mjs'],
  ahead: process.argv[2] === 'ahead',
});
