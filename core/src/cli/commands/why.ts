// `why`: one line that says why a job is not running.
import { seenNodes } from '../../db/node-reads.ts';
import { publicState } from '../../jobs/lifecycle.ts';
import { defineCommand } from '../command.ts';
import { findJob } from '../find-job.ts';
import { whyFromOutside } from '../why-line.ts';

export const why = defineCommand({
  usage: ['ID'],
  example: 'why 3f2a91c0',
  options: {},
  takes: { least: 1, most: 1 },
  async run({ args, out, clock, open }) {
    const client = await open();
    const record = await findJob(client, args[0] ?? '');
    const { engine, dialect, settings } = client;
    const line = whyFromOutside(record, {
      now: clock.now(),
      patience: settings.queue.leaseDuration,
      nodes: await seenNodes(dialect),
      typePark: engine.registry.parkReason(record.type),
      ahead: record.state === 'ready' ? await engine.reads.ahead(record) : 0,
    });
    out.answer({ jobId: record.id, status: publicState(record.state), why: line }, () => out.line(line));
    return 0;
  },
});
