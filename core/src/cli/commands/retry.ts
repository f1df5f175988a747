// `retry`: puts jobs that are over back into the queue, one of them with other data if wanted.
import { type JobState, JobsError } from '@phraseworks/sdk';
import type { JobRecord } from '../../jobs/record.ts';
import { defineCommand, UsageError } from '../command.ts';
import { findJob } from '../find-job.ts';
import { shortId } from '../job-lines.ts';
import { readJson } from '../json-argument.ts';

export const retry = defineCommand({
  usage: ['ID...', 'ID --data JSON'],
  about: 'The exit code is 1 when one of them could not be retried.',
  example: `retry 3f2a91c0 --data '{"to":"ada@example.com","subject":"Hello"}'`,
  options: {
    data: {
      type: 'string',
      value: 'JSON',
      about: 'data in the place of the old; - reads standard input, @FILE a file',
    },
  },
  takes: { least: 1, most: 100 },
  async run({ args, values, out, cwd, open }) {
    if (values.data !== undefined && args.length > 1) throw new UsageError('--data is for one job.');
    const data = values.data === undefined ? undefined : await readJson(values.data, '--data', cwd);
    const client = await open({ plugins: data !== undefined });
    const records: JobRecord[] = [];
    for (const arg of args) records.push(await findJob(client, arg));
    const jobs: { id: string; retried: boolean; status?: JobState; error?: string }[] = [];
    for (const { id } of records) {
      const options = { by: 'command line', ...(data === undefined ? {} : { data }) };
      try {
        const { status } = await client.engine.control.retry(id, options);
        jobs.push({ id, retried: true, status });
        await client.note('retryJob', id);
        out.line(`${shortId(id)} ${status}`);
      } catch (error) {
        if (!(error instanceof JobsError) || error.code === 'UNAVAILABLE') throw error;
        jobs.push({ id, retried: false, error: error.message });
        out.note(`${shortId(id)} ${error.message}`);
      }
    }
    out.data({ jobs });
    return jobs.every(({ retried }) => retried) ? 0 : 1;
  },
});
