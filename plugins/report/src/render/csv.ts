// A report as CSV for spreadsheets: one block per table, plain numbers, and no text that a spreadsheet would run as a formula.
import type { Cell, Report, Table } from '../content/model.ts';

/** A spreadsheet takes cells that start like this for formulas. */
const FORMULA = /^[\s\p{Cc}]*[=+\-@|%\uff1d\uff0b\uff0d\uff20]/u;
const QUOTED = /[",;\r\n\t]/;

/** A quote in front marks the cell as text. */
export function csvCell(value: string | number): string {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : '';
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return QUOTED.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const row = (values: readonly (string | number)[]): string => values.map(csvCell).join(',');

const csvValue = ({ text, value, note }: Cell): string | number =>
  typeof value === 'number' ? value : text === '-' ? '' : note === undefined ? text : `${text} (${note})`;

/** Values of the period before get a separate column. */
function block({ caption, columns, rows }: Table): string[] {
  const compared = columns.map((_, i) => rows.some((cells) => cells[i]?.before !== undefined));
  const spread = <T>(each: (i: number) => T, before: (i: number) => T): T[] =>
    columns.flatMap((_, i) => (compared[i] ? [each(i), before(i)] : [each(i)]));
  return [
    row([caption]),
    row(
      spread(
        (i) => columns[i]?.label ?? '',
        (i) => `${columns[i]?.label}, before`,
      ),
    ),
    ...rows.map((cells) =>
      row(
        spread<string | number>(
          (i) => csvValue(cells[i] ?? { text: '' }),
          (i) => cells[i]?.before ?? '',
        ),
      ),
    ),
    '',
  ];
}

/** Durations in milliseconds, sizes in bytes, shares in percent. Starts with the byte order mark by which Excel recognises UTF-8. */
export function toCsv({ site, title, label, beforeLabel, sections }: Report): string {
  const lines = [
    row([site === '' ? title : `${site} - ${title}`]),
    row(['Period', label]),
    row(['Compared with', beforeLabel]),
    '',
    ...sections.flatMap(({ charts = [], table }) => [
      ...charts.flatMap((chart) => block(chart.table)),
      ...(table ? block(table) : []),
    ]),
  ];
  return `\ufeff${lines.join('\r\n')}\r\n`;
}
