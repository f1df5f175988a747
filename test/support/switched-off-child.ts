// A site whose configuration switches images off: says how many processes work on pictures, before and after it is switched on.
import { execFileSync } from 'node:child_process';
import { createJobs } from '@phraseworks/jobs';
import { ended } from './live-site.ts';

const { root, pictures } = JSON.parse(process.argv[2] ?? '') as { root: string; pictures: string };

/** Of this process. */
const pictureProcesses = (): number =>
  execFileSync('ps', ['-A', '-o', 'ppid=,args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => Number.parseInt(line, 10) === process.pid && line.includes('image/src/worker.ts')).length;

const jobs = await createJobs({
  database: 'sqlite::memory:',
  logLevel: 'silent',
  storage: { files: { folder: root } },
  plugins: {
    email: { config: { mailbox: { port: 0 } } },
    image: { enabled: false, config: { allowHosts: [new URL(pictures).host] } },
  },
});
await jobs.start();
const data = { sourceUrl: pictures, operations: [{ type: 'resize' as const, width: 20 }] };
const image = await jobs.addJob({ type: 'image_process', data });
const mail = { to: 'a@example.com', template: 'welcome', variables: { userName: 'A' } };
const { id } = await jobs.addJob({ type: 'email', data: mail });
process.stdout.write(`mail ${(await ended(jobs, id)).status}, ${pictureProcesses()} processes\n`);
await jobs.plugins.enable('image');
process.stdout.write(`image ${(await ended(jobs, image.id)).status}, ${pictureProcesses()} processes\n`);
await jobs.stop();
