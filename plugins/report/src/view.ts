// What the page of a report job shows: its headline, charts and links, and who received it.

import type { Block, Job } from '@phraseworks/sdk';
import { draw } from '@phraseworks/sdk/charts';
import { EITHER, svgFile } from './chart/svg.ts';
import type { Chart, Report } from './content/model.ts';
import type { Format, ReportResult } from './data.ts';
import type { Files } from './files.ts';
import { modelName, type Run, type Runs } from './runs.ts';

const CHARTS = 4;
const NAMES: Record<Format, string> = { html: 'Open the report', text: 'Text', csv: 'CSV' };

/** `plugin`: the name under which its routes are mounted. */
export const reportView =
  (plugin: string, runs: Runs, files: Files) =>
  async ({ id, result }: Job<'report'>): Promise<Block[]> => {
    if (result === null) return [];
    const run = await runs.find(id);
    if (run === null) return [goneOf(result), ...sentOf(result)];
    const report = await readReport(run, files);
    return [
      ...(report === null ? [] : headOf(report)),
      ...run.files.map(({ format }): Block => {
        const href = `/plugins/${plugin}/runs/${id}${format === 'html' ? '' : `/${format}`}`;
        return { type: 'link', text: NAMES[format], href };
      }),
      ...sentOf(result),
      ...(report === null ? [] : chartsOf(report)),
    ];
  };

async function readReport({ files: made }: Run, files: Files): Promise<Report | null> {
  const model = made.length === 0 ? null : await files.read(modelName(made));
  return model === null ? null : (JSON.parse(model.toString('utf8')) as Report);
}

const goneOf = ({ period }: ReportResult): Block => ({
  type: 'text',
  tone: 'warn',
  text: `The report of ${period} no longer exists: only the newest of each type are kept.`,
});

const headOf = ({ headline, label, tiles }: Report): Block[] => [
  { type: 'text', text: `${label}: ${headline}` },
  ...tiles.map(({ label: name, value }): Block => ({ type: 'stat', label: name, value })),
];

function sentOf({ sent, reason, accepted, refused }: ReportResult): Block[] {
  const blocks: Block[] = [];
  if (sent && accepted.length > 0) blocks.push({ type: 'text', tone: 'good', text: `Sent to ${accepted.join(', ')}.` });
  else if (reason !== undefined) {
    // A report without recipients is not a failure.
    const nobody = accepted.length + refused.length === 0 && reason === 'no recipients';
    blocks.push({ type: 'text', text: `Not sent: ${reason}.`, ...(nobody ? {} : { tone: 'warn' }) });
  }
  if (refused.length > 0) {
    blocks.push({
      type: 'table',
      columns: ['not sent to', 'why'],
      rows: refused.map(({ to, reason: why }) => [to, why]),
    });
  }
  return blocks;
}

const chartsOf = ({ sections }: Report): Block[] =>
  sections
    .flatMap(({ charts = [] }) => charts)
    .slice(0, CHARTS)
    .map((chart) => ({
      type: 'image',
      src: `data:image/svg+xml;base64,${Buffer.from(svgFile(draw(chart), EITHER, 1)).toString('base64')}`,
      alt: chart.description,
      caption: captionOf(chart),
    }));

const captionOf = ({ title, top, labels }: Chart): string => {
  const named = labels.filter((label) => label !== '');
  const span = named.length > 1 ? `, ${named[0]} to ${named.at(-1)}` : '';
  return `${title}${span}, highest: ${top}`;
};
