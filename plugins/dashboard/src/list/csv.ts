// A list as a file for spreadsheets: the jobs that its filters match, as far as the reader may see them.
import type { Job, JobFilter } from '@phraseworks/sdk';
import { maskedJobs } from '../job/secrets.ts';
import { firstLine, summaryOf } from '../text.ts';
import { between } from '../time.tsx';
import type { Visit } from '../visit.ts';
import { filterOf, pagesOf, readListQuery, sortOf } from './filters.tsx';

/** Rows of one file. */
const MOST_ROWS = 10_000;

const COLUMNS: Record<string, (job: Job) => string | number | null> = {
  id: ({ id }) => id,
  state: ({ status }) => status,
  type: ({ type }) => type,
  plugin: ({ plugin }) => plugin,
  summary: summaryOf,
  error: ({ error }) => (error === null ? null : firstLine(error)),
  attempt: ({ attempt }) => attempt,
  added: ({ createdAt }) => createdAt,
  started: ({ startedAt }) => startedAt,
  ended: ({ finishedAt }) => finishedAt,
  milliseconds: ({ startedAt, finishedAt }) =>
    startedAt === null || finishedAt === null ? null : between(startedAt, finishedAt, 0),
};

/** Quoted, and with an apostrophe before what a spreadsheet would compute. */
const cell = (value: string | number | null): string => {
  const text = String(value ?? '');
  return `"${(typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
};

const row = (values: (string | number | null)[]): string => `${values.map(cell).join(',')}\r\n`;

export async function listCsv(visit: Visit): Promise<Response> {
  const { actor, now } = visit;
  const list = readListQuery(visit.query);
  const wanted: JobFilter = { ...filterOf(list, now), sort: sortOf(list), brief: true };
  const types = await visit.types.list(actor);
  let text = row(Object.keys(COLUMNS));
  let rows = 0;
  for await (const page of pagesOf(visit, wanted)) {
    for (const job of maskedJobs(page.jobs, types)) text += row(Object.values(COLUMNS).map((of) => of(job)));
    rows += page.jobs.length;
    if (rows >= MOST_ROWS) break;
    await visit.rest();
  }
  return new Response(text, {
    headers: {
      'Content-Type': 'text/csv; charset=utf-8',
      'Content-Disposition': 'attachment; filename="jobs.csv"',
      'Cache-Control': 'no-store',
    },
  });
}
