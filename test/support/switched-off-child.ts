// A site whose configuration switches images off: says what it has loaded, before and after they are switched on.
import { execFileSync } from 'node:child_process';
import { createJobs } from '@phraseworks/jobs';
import { ended } from './live-site.ts';

interface Settings {
  database: string;
  root: string;
  pictures: string;
}

const { database, root, pictures } = JSON.parse(process.argv[2] ?? '') as Settings;
const say = (word: string, what: unknown): void => void process.stdout.write(`${word} ${JSON.stringify(what)}\n`);

/** How many processes of this one work on pictures. */
const pictureProcesses = (): number =>
  execFileSync('ps', ['-A', '-o', 'ppid=,args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => Number.parseInt(line, 10) === process.pid && line.includes('image/src/worker.ts')).length;
const facts = () => ({
  pictures: pictureProcesses(),
  types: jobs.types().map(({ type, state, reason }) => [type, state, reason]),
});

const jobs = await createJobs({
  database,
  logLevel: 'warn',
  storage: { files: { folder: root } },
  plugins: {
    email: { config: { mailbox: { port: 0 } } },
    image: { enabled: false, config: { allowHosts: [new URL(pictures).host] } },
  },
});
const started: string[] = [];
jobs.addAction('job:started', ({ jobId, type }) => void (type === 'image_process' && started.push(jobId)));
await jobs.start();

const data = { sourceUrl: pictures, operations: [{ type: 'resize' as const, width: 20 }] };
const images = [];
for (let n = 0; n < 4; n += 1) images.push(await jobs.addJob({ type: 'image_process', data }));
const mail = { to: 'a@example.com', template: 'welcome', variables: { userName: 'A' } };
const { id } = await jobs.addJob({ type: 'email', data: mail });
say('mail', (await ended(jobs, id)).status);
say('parked', await Promise.all(images.map(async (job) => (await jobs.getJobStatus(job.id))?.reason)));
say('why', await jobs.why(images[0]?.id ?? ''));
say('off', facts());

await jobs.plugins.enable('image');
say('ended', await Promise.all(images.map(async (job) => (await ended(jobs, job.id)).status)));
say('order', started.join() === images.map((job) => job.id).join());
say('on', facts());
await jobs.stop();
