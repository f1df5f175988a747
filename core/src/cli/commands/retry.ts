// `retry`: puts jobs that are over back into the queue: those that are named, or all that match.
import { type JobState, JobsError } from '@phraseworks/sdk';
import type { JobFilter } from '../../host.ts';
import type { JobRecord } from '../../jobs/record.ts';
import { oneOf } from '../arguments.ts';
import type { Client } from '../client.ts';
import { type Call, defineCommand, type Outcome, UsageError } from '../command.ts';
import { findJob } from '../find-job.ts';
import { shortId } from '../job-lines.ts';
import { readJson } from '../json-argument.ts';

/** As a bulk action has it. */
const OVER = ['failed', 'cancelled'] as const;

const OPTIONS = {
  data: {
    type: 'string',
    value: 'JSON',
    about: 'data in the place of the old, for one job; - reads standard input, @FILE a file',
  },
  type: { type: 'string', value: 'TYPE', about: 'all jobs of this type that have failed' },
  status: {
    type: 'string',
    value: 'STATE',
    about: `with --type: ${OVER.join(' or ')}; failed by default`,
  },
  q: { type: 'string', value: 'TEXT', about: 'with --type: of these only those that a search finds, as in list' },
} as const;

type Retry = Call<typeof OPTIONS>;

export const retry = defineCommand({
  usage: ['ID...', 'ID --data JSON', '--type TYPE [--status STATE] [--q TEXT]'],
  about: 'The exit code is 1 when one of them could not be retried.',
  example: 'retry --type email --status failed',
  options: OPTIONS,
  takes: { least: 0, most: 100 },
  run(call) {
    const { args, values } = call;
    const { data, type, status, q } = values;
    if (type === undefined) {
      if (args.length === 0) throw new UsageError('retry needs ids, or --type.');
      if (status !== undefined || q !== undefined) throw new UsageError('--status and --q go with --type.');
      if (data !== undefined && args.length > 1) throw new UsageError('--data is for one job.');
      return retryNamed(call);
    }
    if (args.length > 0 || data !== undefined) throw new UsageError('--type goes without ids and without --data.');
    return retryAll(call, {
      type,
      status: oneOf(status, '--status', OVER) ?? 'failed',
      ...(q === undefined ? {} : { q }),
    });
  },
});

interface Retried {
  id: string;
  retried: boolean;
  status?: JobState;
  error?: string;
}

/** Throws `UNAVAILABLE`; whatever else speaks against it stands in the answer. */
async function retryOne(client: Client, id: string, data?: { data: unknown }): Promise<Retried> {
  try {
    const { status } = await client.engine.control.retry(id, { by: 'command line', ...data });
    return { id, retried: true, status };
  } catch (error) {
    if (!(error instanceof JobsError) || error.code === 'UNAVAILABLE') throw error;
    return { id, retried: false, error: error.message };
  }
}

async function retryNamed({ args, values, out, cwd, open }: Retry): Promise<Outcome> {
  const data = values.data === undefined ? undefined : { data: await readJson(values.data, '--data', cwd) };
  const client = await open({ plugins: data !== undefined });
  const records: JobRecord[] = [];
  for (const arg of args) records.push(await findJob(client, arg));
  const jobs: Retried[] = [];
  for (const { id } of records) {
    const one = await retryOne(client, id, data);
    jobs.push(one);
    if (one.retried) await client.note('retryJob', id);
    if (one.retried) out.line(`${shortId(id)} ${one.status}`);
    else out.note(`${shortId(id)} ${one.error}`);
  }
  out.data({ jobs });
  return jobs.every(({ retried }) => retried) ? 0 : 1;
}

/** Page by page from the newest on: jobs that end again meanwhile are not met a second time. */
async function retryAll({ out, open }: Retry, filter: JobFilter): Promise<Outcome> {
  const client = await open();
  let retried = 0;
  const refused = new Map<string, number>();
  for (let cursor: string | null = null; ; ) {
    const page = await client.engine.reads.list({ ...filter, limit: 200, ...(cursor === null ? {} : { cursor }) });
    for (const { id } of page.records) {
      const { error } = await retryOne(client, id);
      if (error === undefined) retried += 1;
      else refused.set(error, (refused.get(error) ?? 0) + 1);
    }
    if (page.nextCursor === null) break;
    cursor = page.nextCursor;
  }
  if (retried > 0) await client.note('bulk', `retry ${filter.type ?? ''}`);
  out.answer({ retried, refused: Object.fromEntries(refused) }, () => {
    out.line(retried === 1 ? '1 job is back in the queue.' : `${retried} jobs are back in the queue.`);
    for (const [error, n] of refused) out.note(`${n} could not be retried: ${error}`);
  });
  return refused.size === 0 ? 0 : 1;
}
