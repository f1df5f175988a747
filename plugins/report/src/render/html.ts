// A report as HTML: one document for the browser and for mail, at any width, in light and dark.
import { escapeMarkup } from '@phraseworks/sdk';
import { draw, drawSpark, type Tone } from '@phraseworks/sdk/charts';
import { DARK, EITHER, inlineSvg, LIGHT, type Palette, sparkSvg } from '../chart/svg.ts';
import type { Cell, Change, Chart, Column, Report, Section, Table, Tile } from '../content/model.ts';
import { changeInWords } from '../content/words.ts';

const SANS = "system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif";
const { ink, soft, rule, raised, paper } = LIGHT;

const STYLE = {
  body: `margin:0;padding:0;background:${raised};color:${ink};font-family:${SANS};font-size:15px;line-height:1.5;-webkit-text-size-adjust:100%;text-size-adjust:100%`,
  sheet: `width:100%;max-width:720px;background:${paper};border-radius:10px`,
  inside: 'padding:32px 36px 28px',
  site: `margin:0 0 2px;font-size:13px;color:${soft}`,
  title: `margin:0;font-size:26px;line-height:1.2;font-weight:650;letter-spacing:-0.02em;color:${ink}`,
  against: `margin:4px 0 0;font-size:13px;color:${soft}`,
  headline: `margin:20px 0 0;font-size:17px;line-height:1.5;color:${ink};overflow-wrap:anywhere`,
  note: `margin:14px 0 0;padding:10px 14px;font-size:14px;background:${raised};color:${soft};border-radius:6px`,
  tiles: `margin:26px 0 0;padding:18px 0 4px;border-top:1px solid ${rule};font-size:0`,
  tile: 'display:inline-block;width:25%;min-width:146px;margin:0 0 14px;vertical-align:top;font-size:15px',
  tileLabel: `margin:0;font-size:13px;color:${soft}`,
  tileValue: `margin:0;font-size:26px;line-height:1.3;font-weight:600;letter-spacing:-0.02em;color:${ink};font-variant-numeric:tabular-nums`,
  change: `font-size:12px;line-height:1.4;color:${soft};font-weight:400;white-space:nowrap;font-variant-numeric:tabular-nums`,
  section: `margin:34px 0 0;padding:20px 0 0;border-top:1px solid ${rule}`,
  heading: `margin:0;font-size:18px;line-height:1.3;font-weight:650;letter-spacing:-0.01em;color:${ink}`,
  about: `margin:4px 0 0;font-size:13px;color:${soft}`,
  chart: 'margin:16px 0 0',
  chartTitle: `padding:0 0 8px;font-size:13px;font-weight:600;color:${ink};text-align:left`,
  chartTop: `padding:0 0 8px;font-size:12px;color:${soft};text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums`,
  label: `padding:5px 0 0;font-size:11px;line-height:1.2;color:${soft};text-align:center;font-variant-numeric:tabular-nums`,
  legend: `margin:8px 0 0;font-size:12px;color:${soft}`,
  entry: 'white-space:nowrap;margin:0 14px 0 0',
  key: 'display:inline-block;width:9px;height:9px;border-radius:2px;margin:0 5px 0 0',
  keyLine: 'display:inline-block;width:18px;height:0;margin:0 6px 0 0;vertical-align:middle',
  numbers: `margin:8px 0 0;font-size:12px;color:${soft}`,
  summary: 'cursor:pointer',
  table: 'width:100%;border-collapse:collapse;margin:18px 0 0',
  small: 'width:100%;border-collapse:collapse;margin:6px 0 0;font-size:12px',
  th: `padding:0 0 6px 22px;font-size:12px;line-height:1.3;font-weight:500;color:${soft};vertical-align:bottom;border-bottom:1px solid ${rule}`,
  td: `padding:9px 0 9px 22px;font-size:14px;line-height:1.4;color:${ink};vertical-align:top;border-bottom:1px solid ${rule}`,
  smallTd: `padding:3px 0 3px 22px;font-size:12px;line-height:1.4;color:${soft};border-bottom:1px solid ${rule}`,
  group: `padding:20px 0 6px;font-size:13px;line-height:1.4;font-weight:600;color:${ink};text-align:left;border-bottom:1px solid ${rule}`,
  first: 'padding-left:0;width:100%;overflow-wrap:break-word',
  number: 'text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums',
  cellNote: `font-size:12px;line-height:1.4;color:${soft};overflow-wrap:break-word`,
  track: `margin:5px 0 1px;height:3px;max-width:220px;background:${rule};border-radius:2px;font-size:0;line-height:0`,
  fill: `height:3px;background:${LIGHT.tones.main};border-radius:2px;font-size:0;line-height:0`,
  footer: `margin:34px 0 0;font-size:12px;color:${soft}`,
} as const;

function colours({ paper, raised, ink, soft, rule, good, tones }: Palette): string {
  const important = (what: string, value: string) => `{${what}:${value}!important}`;
  const lines = [
    `.b${important('background', raised)}.p${important('background', paper)}.n${important('background', raised)}`,
    `.i${important('color', ink)}.o${important('color', soft)}.g${important('color', good)}.w${important('color', tones.bad)}`,
    `.r${important('border-color', rule)}.t${important('background', rule)}.m${important('background', tones.main)}`,
    `.s-soft${important('stroke', soft)}.s-rule${important('stroke', rule)}`,
    ...Object.entries(tones).flatMap(([tone, colour]) => [
      `.f-${tone}${important('fill', colour)}.s-${tone}${important('stroke', colour)}.k-${tone}${important('background', colour)}.l-${tone}${important('border-color', colour)}`,
    ]),
  ];
  return lines.join('');
}

/** The style sheet: for dark mode, narrow screens and paper. */
const SHEET = `:root{color-scheme:light dark}@media (prefers-color-scheme:dark){${colours(DARK)}}@media (max-width:520px){.inside{padding:22px 16px!important}.frame{padding:0!important}.p{border-radius:0!important}.tile{width:50%!important}.headline{font-size:16px!important}.c{padding-left:10px!important}.c:first-child{padding-left:0!important}}@media print{.b{background:#fff!important}}`;

/** Where a line may break besides at spaces, but not within numbers. */
const SEAM = /(?<=[_/@:-])|(?<=\.)(?=\p{L})/u;
const LONG = /.{1,16}/gsu;

/** Escaped text for a narrow column, which may break after `_`, `/` and the like, and within very long words. */
const breakable = (text: string): string =>
  text
    .split(' ')
    .map((word) =>
      word
        .split(SEAM)
        .flatMap((part) => part.match(LONG) ?? [])
        .map(escapeMarkup)
        .join('<wbr>'),
    )
    .join(' ');

const ARROWS = { up: '\u25b2', down: '\u25bc', same: '' } as const;
const COLOURS = { better: ['g', LIGHT.good], worse: ['w', LIGHT.tones.bad] } as const;

/** An arrow and a text, with the word better or worse, so that nothing depends on colour. */
function changeLine(change: Change | undefined): string {
  if (change === undefined || change.text === 'new') return '';
  const { text, direction, verdict } = change;
  const [name, colour] = verdict === null ? ['o', LIGHT.soft] : COLOURS[verdict];
  const arrow = direction === 'same' ? '' : `<span aria-hidden="true">${ARROWS[direction]}</span> `;
  const word = verdict === null ? '' : `, ${verdict}`;
  const style = `${STYLE.change};color:${colour}`;
  return `<div class="${name}" style="${style}" title="${escapeMarkup(changeInWords(change))}">${arrow}${escapeMarkup(text)}${word}</div>`;
}

function cellHtml({ text, change, spark, share, note }: Cell, page: boolean, first: boolean): string {
  const parts = [first ? breakable(text) : escapeMarkup(text)];
  if (note !== undefined) parts.push(`<div class="o" style="${STYLE.cellNote}">${breakable(note)}</div>`);
  if (share !== undefined) {
    const width = Math.round(Math.min(1, Math.max(0.004, share)) * 1_000) / 10;
    parts.push(
      `<div class="t" style="${STYLE.track}"><div class="m" style="${STYLE.fill};width:${width}%"></div></div>`,
    );
  }
  if (spark !== undefined && page) parts.push(`<div style="margin:2px 0 0">${sparkSvg(drawSpark(spark), LIGHT)}</div>`);
  parts.push(changeLine(change));
  return parts.join('');
}

/** Keeps a number and its sign together. */
const heading = (label: string): string => escapeMarkup(label).replaceAll(' %', '&nbsp;%');

/** `small`: for the numbers of a chart. Only pages have sparklines; in a mail each would be a picture. */
function tableHtml({ caption, columns, rows }: Table, small = false, page = false): string {
  const cell = small ? STYLE.smallTd : STYLE.td;
  const way = ({ align }: Column, index: number) =>
    `${index === 0 ? `;${STYLE.first}` : ''}${align === 'right' ? `;${STYLE.number}` : `;text-align:left${index === 0 ? '' : ';white-space:nowrap'}`}`;
  // Headings may break, numbers may not.
  const head = columns.map(
    (column, index) =>
      `<th scope="col" class="c o r" style="${STYLE.th}${way(column, index)};white-space:normal">${heading(column.label)}</th>`,
  );
  const body = rows.map((row) => {
    if (row[0]?.heading) {
      return `<tr><th scope="rowgroup" colspan="${columns.length}" class="i r" style="${STYLE.group}">${escapeMarkup(row[0].text)}</th></tr>`;
    }
    const cells = columns.map((column, index) => {
      const one = row[index] ?? { text: '' };
      const shown = cellHtml(one, page, index === 0);
      const style = `${cell}${way(column, index)}`;
      // Grey out zeros.
      const nothing = one.value === 0 && one.change === undefined;
      const name = small || nothing ? 'c o r' : 'c i r';
      return index === 0
        ? `<th scope="row" class="${name}" style="${style};font-weight:${small ? '400' : '500'}">${shown}</th>`
        : `<td class="${name}" style="${style}${nothing ? `;color:${LIGHT.soft}` : ''}">${shown}</td>`;
    });
    return `<tr>${cells.join('')}</tr>`;
  });
  return `<table aria-label="${escapeMarkup(caption)}" cellspacing="0" cellpadding="0" style="${small ? STYLE.small : STYLE.table}"><thead><tr>${head.join('')}</tr></thead><tbody>${body.join('')}</tbody></table>`;
}

export interface HtmlOptions {
  /** For mail: the content ids of the pictures, one per chart, or none. Undefined for a page, which contains its charts. */
  cids?: readonly string[];
}

/** The legend's colour sample. The pictures of a mail have their own colours. */
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

/** The labels below a chart, each under its bar, as HTML so that they keep their size on narrow screens. */
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
  const numbers = `<details class="o" style="${STYLE.numbers}"${picture === '' ? ' open' : ''}><summary style="${STYLE.summary}">Data table</summary>${tableHtml(chart.table, true)}</details>`;
  const shown = picture === '' ? '' : `${picture}${labels(chart)}${legend(chart, cids === undefined)}`;
  return `<div style="${STYLE.chart}">${head}${shown}${numbers}</div>`;
}

function tileHtml({ label, value, change, spark }: Tile, page: boolean): string {
  const line =
    page && spark && spark.length > 1
      ? `<div style="margin:4px 0 2px">${sparkSvg(drawSpark(spark, label === 'failed' ? 'bad' : 'main'), LIGHT)}</div>`
      : '';
  return `<div class="tile" style="${STYLE.tile}"><p class="o" style="${STYLE.tileLabel}">${escapeMarkup(label)}</p><p class="i" style="${STYLE.tileValue}">${escapeMarkup(value)}</p>${line}${changeLine(change)}</div>`;
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
