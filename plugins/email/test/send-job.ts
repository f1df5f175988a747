// A process that runs one job with a mail to many, and may be killed on the way: `send-job.ts <database> <smtp port> <recipients>`.

import { createJobs } from '@phraseworks/jobs';
import email from '../src/index.ts';

const [database = '', port, count] = process.argv.slice(2);
const to = Array.from({ length: Number(count) }, (_, n) => `r${n}@x.test`);
const jobs = await createJobs({
  database,
  logLevel: 'error',
  plugins: { email: { use: email, config: { transport: `smtp://127.0.0.1:${port}`, from: 'a@site.test' } } },
});
const over = new Promise<void>((resolve) => {
  jobs.addAction('job:completed', () => resolve());
  jobs.addAction('job:failed', () => resolve());
});
await jobs.start();
// The second process finds the job of the first one.
const data = { to, subject: 'Hi', text: 'Hello' };
const { id } = await jobs.addJob({ type: 'email', data, idempotencyKey: 'to-everybody' });
await over;
process.send?.(await jobs.getJobStatus(id));
await jobs.stop();
process.disconnect?.();
