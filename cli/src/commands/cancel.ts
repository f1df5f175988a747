// `cancel`: cancels waiting and running jobs; a running one gets its signal within two seconds.

import { isFinal, publicState } from '@phraseworks/jobs/internals/base';
import type { JobRecord } from '@phraseworks/jobs/internals/core';
import type { JobState } from '@phraseworks/sdk';
import { defineCommand } from '../command.ts';
import { findJob } from '../job.ts';
import { shortId } from '../job-lines.ts';

export const cancel = defineCommand({
  usage: ['ID...'],
  about: 'The exit code is 1 if one of them had already finished.',
  example: 'cancel 3f2a91c0 77be04d1',
  options: {},
  takes: { least: 1, most: 100 },
  async run({ args, out, open }) {
    const client = await open();
    const records: JobRecord[] = [];
    for (const arg of args) records.push(await findJob(client, arg));
    const jobs: { id: string; cancelled: boolean; status: JobState | null }[] = [];
    for (const { id } of records) {
      const cancelled = await client.core.actions.cancel(id, 'command line');
      if (cancelled) await client.note('cancelJob', id);
      const now = await client.core.reads.get(id);
      jobs.push({ id, cancelled, status: now ? publicState(now.state) : null });
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
