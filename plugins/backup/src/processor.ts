// The processors of this plugin's jobs, and which failures are retried.
import { type JobResult, type Processor, type RunningJob, readableBytes } from '@phraseworks/sdk';
import { runBackup } from './backup.ts';
import { BackupFailure } from './failure.ts';
import { restoreBeside } from './restore-beside.ts';
import { stateWords } from './state.ts';
import { checkBackup } from './stored-backup.ts';
import type { Running, Tools } from './tools.ts';
import { jobOwner } from './work.ts';

/** Reports progress through the job, at most once per percent. */
function runningOf(job: RunningJob): Running {
  let last = -1;
  return {
    owner: jobOwner(job.id, job.attempt),
    signal: job.signal,
    log: job.log,
    progress(fraction, message) {
      const percentage = Math.floor(fraction * 100);
      if (percentage === last) return;
      last = percentage;
      job.progress({ percentage, message }).catch(() => {});
    },
  };
}

async function answered<R>(work: () => Promise<{ result: R; message: string }>): Promise<JobResult<R>> {
  try {
    return { success: true, ...(await work()) };
  } catch (error) {
    if (!(error instanceof BackupFailure)) throw error;
    const { code, message, retryable } = error;
    // The job keeps only the text, so the text starts with the code.
    return { success: false, error: `${code}: ${message}`, code, retryable };
  }
}

export const backupProcessor =
  (tools: Tools): Processor<'backup'> =>
  (data, _jobId, _attempt, job) =>
    answered(async () => {
      // If the process dies between storing the backup and settling its job, the retry must not make a second backup.
      const result = await job.once('backup', async () => {
        const made = await runBackup(data, tools, runningOf(job));
        if (made.state === 'incomplete')
          throw new BackupFailure('INCOMPLETE', `${made.file} is kept, but ${made.reason}`);
        return made;
      });
      return { result, message: `${result.file}, ${readableBytes(result.bytes)}, ${stateWords(result)}` };
    });

export const verifyProcessor =
  (tools: Tools): Processor<'backup_verify'> =>
  ({ id }, _jobId, _attempt, job) =>
    answered(async () => {
      const result = await checkBackup(id, tools, runningOf(job));
      return { result, message: `${result.file} is ${stateWords(result)}` };
    });

export const restoreProcessor =
  (tools: Tools): Processor<'backup_restore'> =>
  ({ id }, _jobId, _attempt, job) =>
    answered(async () => {
      const result = await job.once('restore', () => restoreBeside(id, tools, runningOf(job)));
      return { result, message: `restored into ${result.restored.map(({ to }) => to).join(', ')}` };
    });
