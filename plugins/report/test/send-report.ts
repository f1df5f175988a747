// A process that makes one report and mails it to many, and may be killed on the way: `send-report.ts <database> <folder> <smtp port> <recipients>`.
import { createJobs } from '@phraseworks/jobs';
import email from '../../email/src/index.ts';
import report from '../src/index.ts';

const [database = '', folder = '', port, count] = process.argv.slice(2);
const recipients = Array.from({ length: Number(count) }, (_, n) => `r${n}@x.test`);
const jobs = await createJobs({
  database,
  logLevel: 'error',
  plugins: {
    email: { use: email, config: { transport: `smtp://127.0.0.1:${port}`, from: 'a@site.test' } },
    report: { use: report },
  },
  storage: { reports: { folder } },
});
const over = new Promise<void>((resolve) => {
  jobs.addAction('job:completed', () => resolve());
  jobs.addAction('job:failed', () => resolve());
});
await jobs.start();
// The second process finds the job of the first one.
const data = { type: 'weekly_analytics', recipients } as const;
const { id } = await jobs.addJob({ type: 'report', data, idempotencyKey: 'to-everybody' });
await over;
process.send?.(await jobs.getJobStatus(id));
await jobs.stop();
process.disconnect?.();
