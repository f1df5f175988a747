// `list`: lists jobs, like the HTTP API.
import { isId } from '@phraseworks/jobs/internals/base';
import type { JobStateFilter } from '@phraseworks/sdk';
import { FILTER_STATES, JOB_SORTS } from '@phraseworks/sdk/host';
import { given, oneOf, UsageError, whole } from '../arguments.ts';
import { defineCommand } from '../command.ts';
import { typesOf, unknownType } from '../job.ts';
import { JOB_HEAD, jobRow } from '../job-lines.ts';

export const list = defineCommand({
  usage: ['[options]'],
  example: 'list --status failed,parked --type email --limit 20',
  options: {
    status: { type: 'string', value: 'STATE', about: `${FILTER_STATES.join(', ')}; several with commas` },
    type: { type: 'string', value: 'TYPE', about: 'only jobs of this type' },
    plugin: { type: 'string', value: 'NAME', about: 'only jobs of this plugin' },
    schedule: { type: 'string', value: 'NAME', about: 'only jobs that this schedule added: plugin/name' },
    key: { type: 'string', value: 'KEY', about: 'only jobs of this key, with --type' },
    about: { type: 'string', value: 'KIND:ID', about: 'only jobs about this content: post:17' },
    q: {
      type: 'string',
      value: 'TEXT',
      about: 'words: type:email, status:failed, error:timeout, data.to:ada, id:3f2a, or text',
    },
    sort: {
      type: 'string',
      value: 'ORDER',
      about: 'newest (default), oldest, due: delayed jobs, the soonest first, or ended: ended ones, the last first',
    },
    limit: { type: 'string', value: 'N', about: 'at most this many, up to 200; 50 by default' },
    cursor: { type: 'string', value: 'CURSOR', about: 'continue after a page, whose last line says how' },
  },
  takes: { least: 0, most: 0 },
  async run({ values, out, open }) {
    const { status, type, plugin, schedule, key, about, q, cursor } = values;
    if (cursor !== undefined && !isId(cursor.split('.').at(-1) ?? ''))
      throw new UsageError('--cursor must be exactly what the previous page printed.');
    const sort = oneOf(values.sort, '--sort', JOB_SORTS);
    const limit = whole(values.limit, '--limit', 1, 200);
    const states = status === undefined ? undefined : statesIn(status);
    const filter = given({ status: states, type, plugin, schedule, key, about, q, sort, limit, cursor });
    const client = await open();
    const { jobs, nextCursor, capped } = await client.jobs.listJobs(filter);
    if (type !== undefined && jobs.length === 0) {
      const known = await typesOf(client);
      if (!known.includes(type)) out.note(unknownType(type, known).message);
    }
    out.answer({ jobs, nextCursor, capped }, () => {
      if (jobs.length === 0) out.line('No jobs.');
      else
        out.table(
          JOB_HEAD,
          jobs.map((job) => jobRow(job, client.core.now())),
        );
      if (capped) out.note('The search stopped before it reached the last jobs.');
      if (nextCursor !== null) out.note(`There are more: --cursor ${nextCursor}`);
    });
    return 0;
  },
});

const statesIn = (text: string): JobStateFilter[] =>
  text.split(',').flatMap((word) => oneOf(word.trim(), '--status', FILTER_STATES) ?? []);
