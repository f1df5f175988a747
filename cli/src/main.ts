// What the binary runs: passes on the arguments, and ends the process.
import { systemEnv } from '@phraseworks/jobs/internals/base';
import { runCommandLine } from './run.ts';

const { stdout, stderr } = process;
// The reader may stop early (`phraseworks-jobs list | head -1`); that is not a failure.
for (const stream of [stdout, stderr]) stream.on('error', () => {});

const invocation = { cwd: process.cwd(), env: systemEnv(), stdout, stderr };
const outcome = await runCommandLine(process.argv.slice(2), invocation);
if (outcome !== 'stays') {
  // Flush the output first, even through a slow pipe.
  await Promise.all([stdout, stderr].map((stream) => new Promise<void>((done) => stream.write('', () => done()))));
  process.exit(outcome);
}
