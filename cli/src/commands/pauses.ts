// `pauses`: the types and lanes that are paused.
import type { PauseInfo } from '@phraseworks/jobs';
import { defineCommand } from '../command.ts';
import { ago } from '../job-lines.ts';

export const pauses = defineCommand({
  usage: [''],
  about: 'Jobs that wait because of a pause are parked; delayed ones are counted, too.',
  example: 'pauses --json',
  options: {},
  takes: { least: 0, most: 0 },
  async run({ out, clock, open }) {
    const all = await (await open()).pauses.list();
    out.answer({ pauses: all }, () => {
      if (all.length === 0) return out.line('Nothing is paused.');
      out.table(
        ['WHAT', 'NAME', 'SINCE', 'BY', 'JOBS', 'SCHEDULES'],
        all.map((one: PauseInfo) => [
          one.kind,
          one.name,
          ago(clock.now(), one.since),
          one.by ?? '-',
          String(one.jobs),
          one.schedules.join(', ') || '-',
        ]),
      );
    });
    return 0;
  },
});
