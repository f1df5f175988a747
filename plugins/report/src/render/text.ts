// A report as plain text: for mail programs without HTML, and for terminals.
import { oneLine } from '@phraseworks/sdk';
import type { Cell, Change, Report, Section, Table } from '../content/model.ts';
import { changeInWords } from '../content/words.ts';

const WIDTH = 76;
const NARROWEST = 18;

/** Joins several lines into one. */
const line = (text: string): string => oneLine(text).replace(/\s+/g, ' ');

/** Breaks between words; cuts words that are longer than a line. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let current = '';
  for (const word of line(text).split(' ')) {
    let rest = word;
    if (current !== '' && current.length + 1 + rest.length > width) {
      lines.push(current);
      current = '';
    }
    while (rest.length > width) {
      lines.push(rest.slice(0, width));
      rest = rest.slice(width);
    }
    current = current === '' ? rest : `${current} ${rest}`;
  }
  return current === '' ? lines : [...lines, current];
}

/** `+12 %`, `-3 points`, `10 times`. */
function signed({ text, direction }: Change): string {
  if (direction === 'same') return text === 'no change' ? '=' : text;
  return /^[0-9]/.test(text) && !text.endsWith('times') ? `${direction === 'up' ? '+' : '-'}${text}` : text;
}

function cellText({ text, change, note }: Cell): string {
  const changed = change === undefined || change.text === 'new' ? '' : ` (${signed(change)})`;
  return line(`${text}${changed}${note === undefined ? '' : ` [${note}]`}`);
}

/** The first column gets the remaining width and is wrapped. */
export function textTable({ columns, rows }: Table): string[] {
  const cells = [
    columns.map(({ label }) => label),
    ...rows.map((row) => columns.map((_, i) => cellText(row[i] ?? { text: '' }))),
  ];
  const widths = columns.map((_, i) => Math.max(...cells.map((row) => row[i]?.length ?? 0)));
  const others = widths.slice(1).reduce((sum, width) => sum + width + 2, 0);
  widths[0] = Math.min(widths[0] ?? 0, Math.max(NARROWEST, WIDTH - others));
  const shown = cells.flatMap((row, index) => {
    const [first = '', ...more] = row;
    if (rows[index - 1]?.[0]?.heading) return ['', first];
    const lines = wrap(first, widths[0] ?? NARROWEST);
    const rest = more.map((text, i) => {
      const width = widths[i + 1] ?? 0;
      return `  ${columns[i + 1]?.align === 'right' ? text.padStart(width) : text.padEnd(width)}`;
    });
    const head = `${(lines[0] ?? '').padEnd(widths[0] ?? 0)}${rest.join('')}`.trimEnd();
    return [head, ...lines.slice(1)];
  });
  const rule = '-'.repeat(widths.reduce((sum, width) => sum + width + 2, -2));
  return [shown[0] ?? '', rule, ...shown.slice(1)];
}

function sectionText({ title, note, charts = [], table }: Section): string[] {
  const pictures = charts.flatMap((chart) => [chart.title, '', ...textTable(chart.table), '']);
  return [
    ...['', title.toUpperCase(), ''],
    ...(note === undefined ? [] : [...wrap(note, WIDTH), '']),
    ...pictures,
    ...(table ? textTable(table) : []),
  ];
}

export function toText(report: Report): string {
  const { site, title, label, beforeLabel, headline, note, tiles, sections, footer } = report;
  const widest = Math.max(0, ...tiles.map((tile) => tile.label.length));
  const lines = [
    site === '' ? title : `${site} - ${title}`,
    label,
    `against ${beforeLabel}`,
    '',
    ...wrap(headline, WIDTH),
    ...(note === null ? [] : ['', ...wrap(note, WIDTH)]),
    ...(tiles.length === 0 ? [] : ['']),
    ...tiles.map((tile) => {
      const change = tile.change && tile.change.text !== 'new' ? ` (${changeInWords(tile.change)})` : '';
      return `${tile.label.padEnd(widest)}  ${tile.value}${change}`;
    }),
    ...sections.flatMap(sectionText),
    '',
    ...wrap(footer, WIDTH),
    '',
  ];
  return lines.join('\n');
}
