// A report as HTML: one document that is a page in the browser and a mail, at any width, by day and by night.
import { escapeMarkup } from '@phraseworks/sdk';
import { draw, drawSpark, type Tone } from '@phraseworks/sdk/charts';
import { EITHER, LIGHT } from '../chart/palette.ts';
import { inlineSvg, sparkSvg } from '../chart/svg.ts';
import type { Chart, Report, Section, Tile } from '../content/model.ts';
import { changeLine, tableHtml } from './html-table.ts';
import { SHEET, STYLE } from './style.ts';

export interface HtmlOptions {
  /** For a mail: the content ids of its pictures, one per chart, or none. Left out for a page, which has its charts within. */
  cids?: readonly string[];
}

/** How a series looks in its picture, small. The pictures of a mail have colours of their own. */
function keyOf(kind: Chart['kind'], tone: Tone, page: boolean): string {
  const colour = (page ? LIGHT : EITHER).tones[tone];
  const style =
    kind === 'line'
      ? `${STYLE.keyLine};border-top:2px ${tone === 'other' ? 'dotted' : 'solid'} ${colour}`
      : `${STYLE.key};background:${colour}`;
  return `<span${page ? ` class="${kind === 'line' ? 'l' : 'k'}-${tone}"` : ''} style="${style}"></span>`;
}

function legend({ kind, series }: Chart, page: boolean): string {
  if (series.length < 2) return '';
  const entries = series.map(
    ({ name, tone }) => `<span style="${STYLE.entry}">${keyOf(kind, tone, page)}${escapeMarkup(name)}</span>`,
  );
  return `<p class="o" style="${STYLE.legend}">${entries.join(' ')}</p>`;
}

/** Below the picture, each under its bar; they stay as large as text is, however narrow the picture gets. */
function labels({ labels: texts }: Chart): string {
  const width = `width:${(100 / Math.max(1, texts.length)).toFixed(3)}%`;
  const cells = texts.map((text) => `<td class="o" style="${STYLE.label};${width}">${escapeMarkup(text)}</td>`);
  return `<table role="presentation" aria-hidden="true" cellspacing="0" cellpadding="0" style="width:100%;table-layout:fixed;border-collapse:collapse"><tr>${cells.join('')}</tr></table>`;
}

function chartHtml(chart: Chart, index: number, { cids }: HtmlOptions): string {
  const id = `chart-${index + 1}`;
  const cid = cids?.[index];
  const picture =
    cids === undefined
      ? inlineSvg(draw(chart), LIGHT, { id, title: chart.title, description: chart.description })
      : cid === undefined
        ? ''
        : `<img src="cid:${escapeMarkup(cid)}" alt="${escapeMarkup(chart.description)}" width="648" style="display:block;width:100%;height:auto;border:0">`;
  const head = `<table role="presentation" cellspacing="0" cellpadding="0" style="width:100%;border-collapse:collapse"><tr><td class="i" style="${STYLE.chartTitle}">${escapeMarkup(chart.title)}</td><td class="o" style="${STYLE.chartTop}">highest: ${escapeMarkup(chart.top)}</td></tr></table>`;
  const numbers = `<details class="o" style="${STYLE.numbers}"${picture === '' ? ' open' : ''}><summary style="${STYLE.summary}">The numbers</summary>${tableHtml(chart.table, true)}</details>`;
  const shown = picture === '' ? '' : `${picture}${labels(chart)}${legend(chart, cids === undefined)}`;
  return `<div style="${STYLE.chart}">${head}${shown}${numbers}</div>`;
}

function tileHtml({ label, value, change, spark }: Tile, page: boolean): string {
  const line =
    page && spark && spark.length > 1
      ? `<div style="margin:4px 0 2px">${sparkSvg(drawSpark(spark, label === 'failed' ? 'bad' : 'main'), LIGHT)}</div>`
      : '';
  return `<div class="tile" style="${STYLE.tile}"><p class="o" style="${STYLE.tileLabel}">${escapeMarkup(label)}</p><p class="i" style="${STYLE.tileValue}">${escapeMarkup(value)}</p>${line}${change && change.text !== 'new' ? changeLine(change, true) : ''}</div>`;
}

export function toHtml(report: Report, options: HtmlOptions = {}): string {
  const page = options.cids === undefined;
  let charts = 0;
  const section = ({ title, note, charts: pictures = [], table }: Section): string => {
    const drawn = pictures.map((chart) => chartHtml(chart, charts++, options)).join('');
    const about = note === undefined ? '' : `<p class="o" style="${STYLE.about}">${escapeMarkup(note)}</p>`;
    const heading = `<h2 class="i" style="${STYLE.heading}">${escapeMarkup(title)}</h2>`;
    return `<div class="r" style="${STYLE.section}">${heading}${about}${drawn}${table ? tableHtml(table, false, page) : ''}</div>`;
  };
  const tiles =
    report.tiles.length === 0
      ? ''
      : `<div class="r" style="${STYLE.tiles}">${report.tiles.map((tile) => tileHtml(tile, page)).join('')}</div>`;
  const note = report.note === null ? '' : `<p class="n o" style="${STYLE.note}">${escapeMarkup(report.note)}</p>`;
  const title = escapeMarkup(`${report.title}, ${report.label}`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${title}</title>
<style>${SHEET}</style>
</head>
<body class="b i" style="${STYLE.body}">
<table role="presentation" width="100%" cellspacing="0" cellpadding="0" style="border-collapse:collapse"><tr><td class="frame" align="center" style="padding:28px 12px">
<table role="presentation" class="p" cellspacing="0" cellpadding="0" style="${STYLE.sheet}"><tr><td class="inside" align="left" style="${STYLE.inside}">
<p class="o" style="${STYLE.site}">${escapeMarkup(report.site)}${report.site === '' ? '' : ' - '}${escapeMarkup(report.title)}</p>
<h1 class="i" style="${STYLE.title}">${escapeMarkup(report.label)}</h1>
<p class="o" style="${STYLE.against}">against ${escapeMarkup(report.beforeLabel)}</p>
<p class="i headline" style="${STYLE.headline}">${escapeMarkup(report.headline)}</p>
${note}${tiles}
${report.sections.map(section).join('\n')}
<p class="o" style="${STYLE.footer}">${escapeMarkup(report.footer)}</p>
</td></tr></table>
</td></tr></table>
</body>
</html>
`;
}
