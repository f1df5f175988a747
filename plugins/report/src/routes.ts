// The routes for administrators: the list of reports, each report as a page or file, and a route to make one.

import { type FramedPage, JobsError, type PageFrame, type PluginContext } from '@phraseworks/sdk';
import { FORMAT_NAMES, FORMATS, type Format } from './data.ts';
import type { Files } from './files.ts';
import type { Types } from './report-types.ts';
import type { Run, Runs } from './runs.ts';

const LISTED = 100;
const COMMON = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'private, no-cache',
};

/** Pages contain their styles, and no script, form or request. The page around them may measure them. */
const PAGE = {
  ...COMMON,
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy':
    "sandbox allow-same-origin; default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
};

/** The report in the frame of the dashboard, which measures it. */
function reportPage({ id, title, label, files }: Run): FramedPage {
  const links = files
    .filter(({ format }) => format !== 'html')
    .map(({ format }) => `<a class="button" href="${id}/${format}">${FORMAT_NAMES[format]}</a>`);
  const frame = `<iframe class="frame" sandbox="allow-same-origin" src="${id}/html" title="The report" data-keep></iframe>`;
  return { title: `${title}, ${label}`, panel: 'reports', body: `<p class="buttons">${links.join('')}</p>${frame}` };
}

const DOWNLOAD: Record<Exclude<Format, 'html'>, string> = {
  text: 'text/plain; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
};

const isFormat = (text: string): text is Format => (FORMATS as readonly string[]).includes(text);

export interface RouteParts {
  files: Files;
  runs: Runs;
  types: Types;
  /** That of the dashboard, if the site has one. */
  frame: () => PageFrame | undefined;
}

type Host = Pick<PluginContext, 'routes' | 'clock' | 'addJob'>;

export function addRoutes({ routes, clock, addJob }: Host, { files, runs, types, frame }: RouteParts): void {
  async function find(id: string): Promise<Run> {
    const run = await runs.find(id);
    if (run) return run;
    throw new JobsError('NOT_FOUND', 'there is no such report; only the newest of each type are kept');
  }

  async function open(run: Run, format: Format) {
    const name = run.files.find((file) => file.format === format)?.name;
    const content = name === undefined ? null : await files.read(name);
    if (name === undefined || !content) {
      throw new JobsError(
        'NOT_FOUND',
        'File not found: the report has no such file, or it was removed or is on another machine',
      );
    }
    return { name, content: new Uint8Array(content) };
  }

  routes.get('/runs', async (c) => {
    const list = await runs.list(LISTED);
    return c.json({
      types: types.names(),
      runs: list.map((run) => ({
        id: run.id,
        type: run.type,
        title: run.title,
        period: run.label,
        from: run.from_day,
        madeAt: clock.iso(run.made_at),
        empty: run.empty,
        sent: run.sent,
        recipients: run.recipients,
        ...(run.reason === '' ? {} : { reason: run.reason }),
        files: run.files,
      })),
    });
  });

  routes.get('/runs/:id', async (c) => {
    const run = await find(c.req.param('id'));
    const { content } = await open(run, 'html');
    return frame()?.answer(c, reportPage(run)) ?? c.body(content, 200, PAGE);
  });

  routes.get('/runs/:id/:format', async (c) => {
    const format = c.req.param('format');
    const run = await find(c.req.param('id'));
    if (!isFormat(format)) throw new JobsError('NOT_FOUND', `a report is html, ${FORMATS.slice(1).join(', ')}`);
    const { name, content } = await open(run, format);
    if (format === 'html') return c.body(content, 200, PAGE);
    const headers = {
      ...COMMON,
      'Content-Type': DOWNLOAD[format],
      'Content-Security-Policy': "sandbox; default-src 'none'",
    };
    return c.body(content, 200, { ...headers, 'Content-Disposition': `attachment; filename="${name}"` });
  });

  const make = async (type: string, period: 'last' | 'current') => {
    if (!types.find(type))
      throw new JobsError('NOT_FOUND', `there is no report of this type; there are ${types.names().join(', ')}`);
    const { id: jobId, outcome } = await addJob({ type: 'report', data: { type, period }, priority: 'high' });
    return { jobId, outcome };
  };
  routes.post('/make/:type', async (c) => c.json(await make(c.req.param('type'), 'last'), 202));
  routes.post('/make/:type/current', async (c) => c.json(await make(c.req.param('type'), 'current'), 202));
}
