// `retry`: queues finished jobs again, by id or by filter.
import type { JobFilter } from '@phraseworks/jobs';
import { type JobState, JobsError } from '@phraseworks/sdk';
import { given, oneOf, readJson, UsageError } from '../arguments.ts';
import { type Call, defineCommand, type Outcome } from '../command.ts';
import { findJobs, typesOf, unknownType } from '../job.ts';
import { shortId } from '../job-lines.ts';

/** The states that a bulk retry accepts. */
const OVER = ['failed', 'cancelled'] as const;
/** Jobs per page, the most that a list has. */
const PAGE = 200;

const OPTIONS = {
  data: {
    type: 'string',
    value: 'JSON',
    about: 'new data, for one job; - reads standard input, @FILE a file',
  },
  type: { type: 'string', value: 'TYPE', about: 'all jobs of this type that have failed' },
  status: {
    type: 'string',
    value: 'STATE',
    about: `with --type: ${OVER.join(' or ')}; failed by default`,
  },
  q: { type: 'string', value: 'TEXT', about: 'with --type: only those that this search finds, as in list' },
} as const;

type Retry = Call<typeof OPTIONS>;

export const retry = defineCommand({
  usage: ['ID...', 'ID --data JSON', '--type TYPE [--status STATE] [--q TEXT]'],
  about: 'The exit code is 1 if one of them could not be retried.',
  example: 'retry --type email --status failed',
  options: OPTIONS,
  takes: { least: 0, most: 100 },
  run(call) {
    const { args, values } = call;
    const { data, type, status, q } = values;
    if (type === undefined) {
      if (args.length === 0) throw new UsageError('retry needs ids, or --type.');
      if (status !== undefined || q !== undefined) throw new UsageError('--status and --q need --type.');
      if (data !== undefined && args.length > 1) throw new UsageError('--data is for one job.');
      return retryNamed(call);
    }
    if (args.length > 0 || data !== undefined) throw new UsageError('--type cannot be used with ids or --data.');
    return retryAll(call, { type, status: oneOf(status, '--status', OVER) ?? 'failed', ...given({ q }) });
  },
});

async function retryNamed({ args, values, out, cwd, open }: Retry): Promise<Outcome> {
  const data = values.data === undefined ? undefined : await readJson(values.data, '--data', cwd);
  const client = await open({ plugins: data !== undefined });
  const jobs: { id: string; retried: boolean; status?: JobState; error?: string }[] = [];
  for (const { id } of await findJobs(client, args)) {
    try {
      const { status } = await client.access.jobs.retry(client.me, id, given({ data }));
      jobs.push({ id, retried: true, status });
      out.line(`${shortId(id)} ${status}`);
    } catch (error) {
      if (!(error instanceof JobsError) || error.code === 'UNAVAILABLE') throw error;
      jobs.push({ id, retried: false, error: error.message });
      out.note(`${shortId(id)} ${error.message}`);
    }
  }
  out.data({ jobs });
  return jobs.every(({ retried }) => retried) ? 0 : 1;
}

/** As one entry of the audit log. */
async function retryAll({ out, open }: Retry, filter: JobFilter): Promise<Outcome> {
  const client = await open();
  const { access, me } = client;
  const who = { by: me.user ?? 'cli' };
  const refused: Record<string, number> = {};
  let done = 0;
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await access.jobs.list(who, { ...filter, ...given({ cursor }), limit: PAGE, brief: true });
    for (const { id } of page.jobs) {
      try {
        await access.jobs.retry(who, id);
        done += 1;
      } catch (error) {
        if (!(error instanceof JobsError) || error.code === 'UNAVAILABLE') throw error;
        refused[error.code] = (refused[error.code] ?? 0) + 1;
      }
    }
    cursor = page.nextCursor;
  }
  if (done > 0) await access.audit.add(me, { action: 'bulk', target: `retry ${filter.type ?? ''}` });
  if (filter.type !== undefined && done === 0) {
    const types = await typesOf(client);
    if (!types.includes(filter.type)) out.note(unknownType(filter.type, types).message);
  }
  out.answer({ retried: done, refused }, () => {
    out.line(done === 1 ? '1 job is back in the queue.' : `${done} jobs are back in the queue.`);
    for (const [code, n] of Object.entries(refused)) out.note(`${n} could not be retried: ${code}`);
  });
  return Object.keys(refused).length === 0 ? 0 : 1;
}
