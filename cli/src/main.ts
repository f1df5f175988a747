// What the binary runs: the words of this process, and its end.
import { systemEnv } from '@phraseworks/jobs/internals/base';
import { runCommandLine } from './run.ts';

const { stdout, stderr } = process;
// The reader may go before the end (`phraseworks-jobs list | head -1`): that is no failure.
for (const stream of [stdout, stderr]) stream.on('error', () => {});

const around = { cwd: process.cwd(), env: systemEnv(), stdout, stderr };
const outcome = await runCommandLine(process.argv.slice(2), around);
if (outcome !== 'stays') {
  // What was written is out first, also through a slow pipe.
  await Promise.all([stdout, stderr].map((stream) => new Promise<void>((done) => stream.write('', () => done()))));
  process.exit(outcome);
}
