// `cancel`: cancels waiting and running jobs; a running one gets its signal within two seconds.
import { isFinal } from '@phraseworks/jobs/internals/base';
import { type JobState, JobsError } from '@phraseworks/sdk';
import { defineCommand } from '../command.ts';
import { findJobs } from '../job.ts';
import { shortId } from '../job-lines.ts';

export const cancel = defineCommand({
  usage: ['ID...'],
  about: 'The exit code is 1 if one of them had already finished.',
  example: 'cancel 3f2a91c0 77be04d1',
  options: {},
  takes: { least: 1, most: 100 },
  async run({ args, out, open }) {
    const client = await open();
    const { access, me } = client;
    const jobs: { id: string; cancelled: boolean; status: JobState | null }[] = [];
    for (const { id } of await findJobs(client, args)) {
      const cancelled = await access.jobs.cancel(me, id).catch(ifFinished);
      const now = cancelled ?? (await client.jobs.getJobStatus(id));
      jobs.push({ id, cancelled: cancelled !== null, status: now?.status ?? null });
    }
    out.answer({ jobs }, () => {
      for (const { id, cancelled, status } of jobs) {
        const over = status !== null && isFinal(status) ? ` (${status})` : '';
        out.line(cancelled ? `${shortId(id)} cancelled` : `${shortId(id)} has already finished${over}`);
      }
    });
    return jobs.every(({ cancelled }) => cancelled) ? 0 : 1;
  },
});

function ifFinished(error: unknown): null {
  if (error instanceof JobsError && error.code === 'NOT_CANCELLABLE') return null;
  throw error;
}
