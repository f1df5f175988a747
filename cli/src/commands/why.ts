// `why`: one line that says why a job is not running.
import { oneLine, publicState } from '@phraseworks/jobs/internals/base';
import { defineCommand } from '../command.ts';
import { findJob } from '../find-job.ts';
import { hints, whyLine } from '../why-line.ts';

export const why = defineCommand({
  usage: ['ID'],
  example: 'why 3f2a91c0',
  options: {},
  takes: { least: 1, most: 1 },
  async run({ args, out, open }) {
    const client = await open();
    const record = await findJob(client, args[0] ?? '');
    const line = await whyLine(client, record);
    const { id, error } = record;
    out.answer({ jobId: id, status: publicState(record.state), why: line, error }, () => {
      out.line(oneLine(line));
      if (error !== null) out.line(`Its last error: ${oneLine(error)}`);
      for (const hint of hints(record)) out.note(hint);
    });
    return 0;
  },
});
