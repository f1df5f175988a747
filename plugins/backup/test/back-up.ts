// A process that backs up the database in its argument again and again until it is killed.
import { createJobs } from '@phraseworks/jobs';
import backup from '../src/index.ts';

const [database = '', folder = '', config = '{}'] = process.argv.slice(2);
const jobs = await createJobs({
  database,
  log: { debug() {}, info() {}, warn() {}, error() {} },
  storage: { backups: { folder } },
  plugins: { backup: { use: backup, config: JSON.parse(config) } },
});
await jobs.start();
process.stdout.write('started\n');
for (;;) {
  const { id } = await jobs.addJob({ type: 'backup', data: { type: 'full', retention: '1 second' }, maxRetries: 0 });
  for (;;) {
    const job = await jobs.getJobStatus(id);
    if (job?.status === 'completed' || job?.status === 'failed') {
      process.stdout.write(`${job.status} ${JSON.stringify(job.result ?? job.error)}\n`);
      break;
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
