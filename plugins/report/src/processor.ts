// Processes report jobs: makes, stores and sends the report. Loaded with the first job.
import type { Logger, Processor, RunningJob } from '@phraseworks/sdk';
import { type Picture, pictures } from './chart/png.ts';
import type { Report } from './content/model.ts';
import type { ReportData, ReportResult } from './data.ts';
import { ReportFailure } from './data.ts';
import type { Files } from './files.ts';
import type { Attached, Letter, Mailer, Outcome } from './mail.ts';
import { sendToAll } from './mail.ts';
import { createMake, formatsOf, type Made, type MakeParts } from './make.ts';
import { toHtml } from './render/html.ts';
import { toText } from './render/text.ts';

export interface ProcessorParts extends MakeParts {
  /** Undefined while the e-mail plugin is off. */
  mailer: () => Mailer | undefined;
}

/** The most files of a mail; pictures come first. */
const MOST_ATTACHED = 10;
const TYPES = { text: 'text/plain', csv: 'text/csv' } as const;

const subjectOf = ({ site, title, label, tiles }: Report): string => {
  const [completed, failed] = tiles;
  const figures = completed && failed ? `: ${completed.value} completed, ${failed.value} failed` : '';
  return `${site === '' ? '' : `${site}: `}${title}, ${label}${figures}`.slice(0, 250);
};

/** The files that the job names, as attachments. */
async function named(data: ReportData, made: Made, files: Files): Promise<Attached[]> {
  const wanted = formatsOf(data) ?? [];
  const list: Attached[] = [];
  for (const { format, name } of made.run.files) {
    if (format === 'html' || !wanted.includes(format)) continue;
    const content = await files.read(name);
    if (content) list.push({ filename: name, content: new Uint8Array(content), contentType: TYPES[format] });
  }
  return list;
}

async function letterOf(data: ReportData, made: Made, files: Files, log: Logger): Promise<Letter> {
  const { report, run } = made;
  const charts = report.sections.flatMap((section) => section.charts ?? []);
  const attached = await named(data, made, files);
  const drawn: Picture[] = await pictures(charts.slice(0, MOST_ATTACHED - attached.length), run.id, log);
  return {
    subject: subjectOf(report),
    html: toHtml(report, { cids: drawn.map(({ cid }) => cid) }),
    plainHtml: toHtml(report, { cids: [] }),
    text: toText(report),
    attachments: [...drawn, ...attached],
  };
}

const names = (list: readonly { to: string; reason: string }[]): string =>
  list
    .slice(0, 3)
    .map(({ to, reason }) => `${to}: ${reason}`)
    .join('; ');

export function reportProcessor(parts: ProcessorParts): Processor<'report'> {
  const make = createMake(parts);
  const { files, runs, mailer } = parts;

  async function send(data: ReportData, made: Made, job: RunningJob): Promise<Outcome | string> {
    const recipients = data.recipients ?? [];
    if (recipients.length === 0) return 'no recipients';
    const service = mailer();
    if (!service) return 'the plugin email is not running';
    const letter = await letterOf(data, made, files, job.log);
    return sendToAll(service, recipients, letter, job, (done) => {
      const percentage = 60 + Math.round((done / recipients.length) * 40);
      job.progress({ percentage, processed: done, total: recipients.length }).catch(() => {});
    });
  }

  return async (data, jobId, _attempt, job) => {
    const progress = (percentage: number) => void job.progress({ percentage }).catch(() => {});
    const made = await make(data, jobId, progress);
    const { run } = made;
    const outcome = await send(data, made, job);
    const { accepted, refused, open } = typeof outcome === 'string' ? { accepted: [], refused: [], open: [] } : outcome;
    const missing = [...refused, ...open];
    const reason = typeof outcome === 'string' ? outcome : names(missing);
    await runs.sent(run.id, accepted.length, reason);

    const what = `${run.title}, ${run.label}`;
    const result: ReportResult = {
      report: `/plugins/report/runs/${run.id}`,
      period: run.label,
      empty: run.empty,
      files: run.files,
      sent: accepted.length > 0 && missing.length === 0,
      ...(reason === '' ? {} : { reason }),
      accepted,
      refused,
    };
    if (open.length > 0) {
      const retryable = open.some((one) => one.retryable);
      const delays = open.flatMap(({ retryDelay }) => retryDelay ?? []);
      return {
        success: false,
        error: `${what} was created; ${open.length} of ${run.recipients} recipients do not have it yet: ${open[0]?.reason ?? ''}`,
        retryable,
        ...(delays.length > 0 ? { retryDelay: Math.max(...delays) } : {}),
        result,
      };
    }
    if (refused.length > 0 && accepted.length === 0) {
      throw new ReportFailure(
        'NOT_SENT',
        `${what} was created, but all recipients were refused: ${refused[0]?.reason ?? ''}`,
      );
    }
    const sent = accepted.length > 0 ? `sent to ${accepted.length}` : `not sent: ${reason}`;
    return { success: true, message: `${what}, ${sent}`, result };
  };
}
