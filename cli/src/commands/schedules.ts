// `schedules`: lists them with their next runs; pauses, resumes, runs and removes one.

import { nearest } from '@phraseworks/jobs/internals/base';
import { scheduleNotFound } from '@phraseworks/jobs/internals/core';
import { JobsError } from '@phraseworks/sdk';
import { actionOn } from '../arguments.ts';
import { type Call, defineCommand, type ExitCode } from '../command.ts';
import { ago, shortId } from '../job-lines.ts';

const ACTIONS = ['pause', 'resume', 'run', 'remove'] as const;
const DONE = { pause: 'paused', resume: 'resumed', remove: 'removed' } as const;

export const schedules = defineCommand({
  usage: ['[list]', 'pause NAME', 'resume NAME', 'run NAME', 'remove NAME'],
  about:
    "NAME is plugin/name, or the name alone for the application's own. A schedule that a plugin declares comes back when the plugin starts again.",
  example: 'schedules pause cleanup/hourly',
  options: {},
  takes: { least: 0, most: 2 },
  async run(call) {
    const asked = actionOn(call.args, 'schedules', 'a schedule', ACTIONS);
    return asked.action === 'list' ? showAll(call) : act(call, asked.action, asked.name);
  },
});

async function showAll({ out, open }: Call): Promise<ExitCode> {
  const client = await open();
  const list = await client.jobs.schedules.list();
  out.answer({ schedules: list }, () => {
    if (list.length === 0) return out.line('No schedules.');
    out.table(
      ['NAME', 'SCHEDULE', 'ZONE', 'TYPE', 'LAST RUN', 'NEXT RUN'],
      list.map((one) => [
        one.name,
        one.schedule,
        one.timezone,
        one.type,
        one.lastRun === null ? 'never' : ago(client.core.now(), one.lastRun),
        one.paused ? { text: 'paused', style: 'yellow' } : (one.nextRun ?? 'plugin disabled'),
      ]),
    );
  });
  return 0;
}

async function act({ out, open }: Call, action: (typeof ACTIONS)[number], given: string): Promise<ExitCode> {
  const { access, me } = await open();
  const { schedules: all } = access;
  const listed = await all.list(me);
  const name = named(
    given,
    listed.map((one) => one.name),
  );
  if (action === 'run') {
    const job = await all.run(me, name);
    out.answer({ job }, () => out.line(`${name} added ${shortId(job.id)} (${job.type})`));
    return 0;
  }
  const schedule = (await all[action](me, name)) ?? null;
  out.answer({ schedule }, () => {
    out.line(`${name} ${DONE[action]}${action === 'resume' && schedule?.nextRun ? `: ${schedule.nextRun}` : ''}`);
  });
  return 0;
}

/** The full name, or the part after the plugin if it is unique. Throws `SCHEDULE_NOT_FOUND`. */
function named(given: string, names: readonly string[]): string {
  if (names.includes(given)) return given;
  const [first, ...more] = names.filter((name) => name.endsWith(`/${given}`));
  if (first !== undefined && more.length === 0) return first;
  const near = nearest(given, names);
  if (near === undefined) throw scheduleNotFound();
  throw new JobsError('SCHEDULE_NOT_FOUND', `Schedule not found: did you mean ${near}?`);
}
