// What the page of a report job shows: its headline, charts and links, and who received it.

import { type Block, block, type Job } from '@phraseworks/sdk';
import { draw } from '@phraseworks/sdk/charts';
import { EITHER, svgFile } from './chart/svg.ts';
import type { Chart, Report } from './content/model.ts';
import { FORMAT_NAMES, type ReportResult } from './data.ts';
import type { Files } from './files.ts';
import { modelName, type Run, type Runs } from './runs.ts';

const CHARTS = 4;

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
      ...run.files.map(({ format }) =>
        block.link(FORMAT_NAMES[format], `/plugins/${plugin}/runs/${id}${format === 'html' ? '' : `/${format}`}`),
      ),
      ...sentOf(result),
      ...(report === null ? [] : chartsOf(report)),
    ];
  };

async function readReport({ files: made }: Run, files: Files): Promise<Report | null> {
  const model = made.length === 0 ? null : await files.read(modelName(made));
  return model === null ? null : (JSON.parse(model.toString('utf8')) as Report);
}

const goneOf = ({ period }: ReportResult): Block =>
  block.text(`The report of ${period} no longer exists: only the newest of each type are kept.`, 'warn');

const headOf = ({ headline, label, tiles }: Report): Block[] => [
  block.text(`${label}: ${headline}`),
  ...tiles.map((tile) => block.stat(tile.label, tile.value)),
];

function sentOf({ sent, reason, accepted, refused }: ReportResult): Block[] {
  const blocks: Block[] = [];
  if (sent && accepted.length > 0) blocks.push(block.text(`Sent to ${accepted.join(', ')}.`, 'good'));
  else if (reason !== undefined) {
    // A report without recipients is not a failure.
    const noRecipients = accepted.length + refused.length === 0 && reason === 'no recipients';
    blocks.push(block.text(`Not sent: ${reason}.`, noRecipients ? undefined : 'warn'));
  }
  const rows = refused.map(({ to, reason: why }) => [to, why]);
  return rows.length === 0 ? blocks : [...blocks, block.table(['not sent to', 'why'], rows)];
}

const chartsOf = ({ sections }: Report): Block[] =>
  sections
    .flatMap(({ charts = [] }) => charts)
    .slice(0, CHARTS)
    .map((chart) => {
      const svg = Buffer.from(svgFile(draw(chart), EITHER, 1)).toString('base64');
      return block.image(`data:image/svg+xml;base64,${svg}`, chart.description, captionOf(chart));
    });

const captionOf = ({ title, top, labels }: Chart): string => {
  const named = labels.filter((label) => label !== '');
  const span = named.length > 1 ? `, ${named[0]} to ${named.at(-1)}` : '';
  return `${title}${span}, highest: ${top}`;
};
