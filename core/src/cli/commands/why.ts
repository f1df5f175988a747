// `why`: one line that says why a job is not running.
import { publicState } from '../../jobs/lifecycle.ts';
import { defineCommand } from '../command.ts';
import { findJob } from '../find-job.ts';
import { whyLine } from '../why-line.ts';

export const why = defineCommand({
  usage: ['ID'],
  example: 'why 3f2a91c0',
  options: {},
  takes: { least: 1, most: 1 },
  async run({ args, out, open }) {
    const client = await open();
    const record = await findJob(client, args[0] ?? '');
    const line = await whyLine(client, record);
    out.answer({ jobId: record.id, status: publicState(record.state), why: line }, () => out.line(line));
    return 0;
  },
});
