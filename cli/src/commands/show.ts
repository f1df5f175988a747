// `show`: everything about one job. `why`: one line that says why it is not running.
import { oneLine } from '@phraseworks/jobs/internals/base';
import { whole } from '../arguments.ts';
import { defineCommand } from '../command.ts';
import { findJob, hints, whyLine } from '../job.ts';
import { attemptLines, historyLines, jobLines, logLines, receiptLines } from '../show-lines.ts';

const LOG_LINES = 20;

export const show = defineCommand({
  usage: ['ID [options]'],
  example: 'show 3f2a91c0 --log 100',
  options: { log: { type: 'string', value: 'N', about: `lines of its log, from the end; ${LOG_LINES} by default` } },
  takes: { least: 1, most: 1 },
  async run({ args, values, out, open }) {
    const most = whole(values.log, '--log', 0, 10_000) ?? LOG_LINES;
    const client = await open();
    const { jobs } = client;
    const job = await findJob(client, args[0] ?? '');
    const attempts = await jobs.getJobAttempts(job.id);
    const history = await jobs.getJobHistory(job.id);
    const logs = await jobs.getJobLogs(job.id);
    const receipts = await jobs.getJobReceipts(job.id);
    const waits = job.status === 'pending' || job.status === 'parked';
    const why = waits ? await whyLine(client, job) : null;
    out.answer({ job, attempts, history, logs, receipts }, () => {
      jobLines(out, job, client.core.now(), why);
      attemptLines(out, attempts);
      historyLines(out, history);
      receiptLines(out, receipts);
      if (most > 0) logLines(out, logs.slice(-most), logs.length);
    });
    return 0;
  },
});

export const why = defineCommand({
  usage: ['ID'],
  example: 'why 3f2a91c0',
  options: {},
  takes: { least: 1, most: 1 },
  async run({ args, out, open }) {
    const client = await open();
    const job = await findJob(client, args[0] ?? '');
    const line = await whyLine(client, job);
    const { id, status, error } = job;
    out.answer({ jobId: id, status, why: line, error }, () => {
      out.line(oneLine(line));
      if (error !== null) out.line(`Its last error: ${oneLine(error)}`);
      for (const hint of hints(job)) out.note(hint);
    });
    return 0;
  },
});
