// A process that removes what a dry run found, and may be killed on the way: `run-list-child.ts <database> <root>`. Says how far it is.
import { createJobs } from '@phraseworks/jobs';
import type { Job } from '@phraseworks/sdk';
import type { CleanupData } from '../src/data.ts';
import cleanup from '../src/index.ts';

const [database = '', root = ''] = process.argv.slice(2);
const jobs = await createJobs({
  database,
  logLevel: 'error',
  plugins: {
    cleanup: { use: cleanup, config: { roots: [{ path: root, kind: 'temp', patterns: ['**/*.tmp'] }], batch: 50 } },
  },
});
const ended = new Map<string, () => void>();
const end = ({ jobId }: { jobId: string }) => ended.get(jobId)?.();
jobs.addAction('job:completed', end);
jobs.addAction('job:failed', end);
jobs.addAction('job:progress', ({ progress }) => void process.send?.({ percentage: progress.percentage }));
await jobs.start();

// The second process finds the jobs of the first one.
async function ran(data: CleanupData, key: string): Promise<Job<'cleanup'> | null> {
  const { id } = await jobs.addJob({ type: 'cleanup', data, idempotencyKey: key });
  const over = new Promise<void>((resolve) => ended.set(id, resolve));
  const known = await jobs.getJobStatus(id);
  if (known?.finishedAt === null) await over;
  return (await jobs.getJobStatus(id)) as Job<'cleanup'> | null;
}

const dry = await ran({ action: 'temp_files', dryRun: true }, 'dry');
process.send?.({ found: dry?.result?.items });
process.send?.({ job: await ran({ action: 'temp_files', list: dry?.id ?? '' }, 'run') });
await jobs.stop();
process.disconnect?.();
