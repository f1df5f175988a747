// One container of a site: a process that works on the database, and says which job it runs. Its jobs `hold` end only when they are aborted.
import { createJobs } from '../../src/index.ts';

const [database = ''] = process.argv.slice(2);

// The test has ended, however it did: without this, the process would run on.
process.stdin.resume().once('end', () => process.exit(1));

// With a lease of an hour, only the knowledge that a process is dead brings its jobs back in time.
const jobs = await createJobs({ database, logLevel: 'silent', queue: { leaseDuration: 3_600_000 } });
const say = (line: string): boolean => process.stdout.write(`${line}\n`);
jobs.registerProcessor('hold', (_data, _id, _attempt, { signal }) => {
  say('hold');
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
});
jobs.registerProcessor('quick', async () => void say('quick'));
await jobs.start();
say('ready');
