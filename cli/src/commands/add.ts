// `add`: adds a job as the site would, checked by its plugin's schema, and follows it to its end with `--wait`.

import { formatDuration, JobsError, type NewJob, type Priority } from '@phraseworks/sdk';
import { PRIORITIES } from '@phraseworks/sdk/host';
import { given, milliseconds, oneOf, readJson, UsageError } from '../arguments.ts';
import type { Client } from '../client.ts';
import { defineCommand } from '../command.ts';
import { follow } from '../follow.ts';
import { obstacle, typesOf, unknownType, whyLine } from '../job.ts';
import { shortId } from '../job-lines.ts';

export const add = defineCommand({
  usage: ['TYPE [JSON|-|@FILE] [options]'],
  about:
    'Without JSON the data is {}. With --wait the exit code is 1 if the job does not complete, and 4 if it does not finish in time.',
  example: `add email '{"to":"ada@example.com","template":"welcome","variables":{"userName":"Ada"}}' --wait`,
  options: {
    delay: { type: 'string', value: 'TIME', about: 'wait before its first attempt: milliseconds, or 30s, 5m, 2h, 1d' },
    priority: { type: 'string', value: 'WORD', about: PRIORITIES.join(', ') },
    key: { type: 'string', value: 'KEY', about: 'its key, instead of the one that its type makes of the data' },
    'idempotency-key': {
      type: 'string',
      value: 'KEY',
      about: 'adding with the same idempotency key again returns the first job',
    },
    about: { type: 'string', value: 'KIND:ID', about: 'the content that it is about: post:17' },
    wait: { type: 'boolean', about: 'wait until the job has finished, and show its progress' },
    timeout: {
      type: 'string',
      value: 'TIME',
      about: 'with --wait: how long; without it, until the job has not run for 60s',
    },
  },
  takes: { least: 1, most: 2 },
  async run({ args, values, out, cwd, clock, open }) {
    const [type = '', text = '{}'] = args;
    const delay = milliseconds(values.delay, '--delay');
    const timeout = milliseconds(values.timeout, '--timeout');
    if (timeout !== undefined && !values.wait) throw new UsageError('--timeout needs --wait.');
    const priority: Priority | undefined = oneOf(values.priority, '--priority', PRIORITIES);
    const job: NewJob = {
      type,
      data: await readJson(text, 'The data', cwd),
      ...given({ delay, priority, key: values.key, idempotencyKey: values['idempotency-key'] }),
      ...given({ about: values.about === undefined ? undefined : contentIn(values.about) }),
    };
    const client = await open({ plugins: true });
    await checkType(client, type);
    const added = await client.jobs.addJob(job);
    if (!values.wait) {
      out.answer(added, () => out.line(`${added.id} ${added.type} ${added.status}`));
      const why = await obstacle(client, added);
      if (why) out.note(why);
      return 0;
    }
    out.line(`${shortId(added.id)} ${added.type} ${added.status}`);
    const { job: followed, waitedFor } = await follow(client, added.id, { out, clock, timeout });
    if (waitedFor !== null) {
      const id = shortId(added.id);
      out.note(`The job has not finished after ${formatDuration(waitedFor)}: ${await whyLine(client, followed)}`);
      out.note(`It continues without this command: phraseworks-jobs show ${id}, phraseworks-jobs cancel ${id}`);
    }
    out.data(followed);
    if (waitedFor !== null) return 4;
    return followed.status === 'completed' ? 0 : 1;
  },
});

function contentIn(text: string): NonNullable<NewJob['about']> {
  const [, kind, id] = /^([^:]+):(.+)$/su.exec(text) ?? [];
  if (kind === undefined || id === undefined) throw new UsageError('--about must be KIND:ID, such as post:17.');
  return { kind, id };
}

async function checkType(client: Client, type: string): Promise<void> {
  const { registry } = client.core;
  const owner = registry.ownerOf(type);
  if (!registry.get(type) && owner === undefined) throw unknownType(type, await typesOf(client));
  const plugin = (await client.jobs.plugins.list()).find(({ name }) => name === owner);
  if (plugin?.state !== 'failed') return;
  throw new JobsError(
    'UNAVAILABLE',
    `The plugin of this type does not start here, so the data cannot be checked: ${plugin.reason ?? 'see above'}`,
  );
}
