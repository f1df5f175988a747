// `pauses`, `pause` and `resume`: hold the jobs of a type or a plugin, in all processes and across restarts.
import { oneLine } from '@phraseworks/sdk';
import { LIMITS } from '@phraseworks/sdk/host';
import { given, milliseconds, oneOf, UsageError } from '../arguments.ts';
import { defineCommand } from '../command.ts';
import { typesOf, unknownType } from '../job.ts';
import { ago, when } from '../job-lines.ts';

const MOST_REASON = 500;

export const pauses = defineCommand({
  usage: [''],
  about: 'Jobs that wait because of a pause, delayed ones included.',
  example: 'pauses --json',
  options: {},
  takes: { least: 0, most: 0 },
  async run({ out, open }) {
    const client = await open();
    const all = await client.jobs.pauses.list();
    const now = client.core.now();
    out.answer({ pauses: all }, () => {
      if (all.length === 0) return out.line('Nothing is paused.');
      out.table(
        ['WHAT', 'NAME', 'SINCE', 'ENDS', 'BY', 'JOBS', 'REASON'],
        all.map((one) => [
          one.kind,
          one.name,
          ago(now, one.since),
          one.until === null ? '-' : when(now, one.until),
          one.by ?? '-',
          String(one.jobs),
          oneLine(one.reason ?? '-'),
        ]),
      );
    });
    return 0;
  },
});

export const pause = defineCommand({
  usage: ['type NAME', 'plugin NAME', '(type|plugin) NAME [options]'],
  about: 'From now on no process begins such a job, and schedules that add one skip their runs. Running jobs finish.',
  example: "pause type email --for 30m --reason 'The provider is down'",
  options: {
    for: { type: 'string', value: 'TIME', about: 'resume by itself after this time: 30m, 2h, 1d' },
    reason: { type: 'string', value: 'TEXT', about: 'shown to everybody who sees the pause' },
  },
  takes: { least: 2, most: 2 },
  async run({ args, values, out, open }) {
    const [word = '', name = ''] = args;
    const duration = milliseconds(values.for, '--for');
    if (duration !== undefined && (duration < 1 || duration > LIMITS.pause))
      throw new UsageError('--for must be from 1 ms to 366 days.');
    if ((values.reason ?? '').length > MOST_REASON)
      throw new UsageError(`--reason may have at most ${MOST_REASON} characters.`);
    const kind = oneOf(word, 'The first argument', ['type', 'plugin']) ?? 'type';
    const client = await open();
    if (kind === 'type') {
      const types = await typesOf(client);
      if (!types.includes(name)) throw unknownType(name, types);
    }
    const { access, me } = client;
    const made = await access.pauses.pause(me, { kind, name, ...given({ duration, reason: values.reason }) });
    out.answer({ pause: made }, () => {
      out.line(`Paused the ${kind} ${name}: ${made.jobs === 1 ? '1 job' : `${made.jobs} jobs`} waiting`);
      if (made.until !== null) out.line(`Resumes ${when(client.core.now(), made.until)}`);
    });
    return 0;
  },
});

export const resume = defineCommand({
  usage: ['type NAME', 'plugin NAME'],
  about: 'Its jobs go on in their order.',
  example: 'resume type email',
  options: {},
  takes: { least: 2, most: 2 },
  async run({ args, out, open }) {
    const [word = '', name = ''] = args;
    const kind = oneOf(word, 'The first argument', ['type', 'plugin']) ?? 'type';
    const { access, me } = await open();
    await access.pauses.resume(me, kind, name);
    out.answer({ resumed: { kind, name } }, () => out.line(`Resumed the ${kind} ${name}`));
    return 0;
  },
});
