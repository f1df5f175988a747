// Rows under a head, aligned; the last column is cut to the width of the terminal. Pure.
import type { styleText } from 'node:util';
import { oneLine } from '@phraseworks/jobs/internals/base';

export type Style = Parameters<typeof styleText>[0];
/** A text, or one with a colour. */
export type Cell = string | { text: string; style: Style };

interface Look {
  /** Columns of the terminal; without it nothing is cut. */
  width: number | undefined;
  style: (style: Style, text: string) => string;
}

const textOf = (cell: Cell): string => oneLine(typeof cell === 'string' ? cell : cell.text);

export function tableLines(head: readonly string[], rows: readonly (readonly Cell[])[], look: Look): string[] {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => textOf(row[i] ?? '').length)));
  const last = head.length - 1;
  const before = widths.slice(0, last).reduce((sum, width) => sum + width + 2, 0);
  const room = look.width === undefined ? Number.POSITIVE_INFINITY : Math.max(look.width - before, 10);
  const lineOf = (cells: readonly Cell[]): string =>
    head
      .map((_, i) => {
        const cell = cells[i] ?? '';
        const text = i === last ? cut(textOf(cell), room) : textOf(cell).padEnd(widths[i] ?? 0);
        return typeof cell === 'string' ? text : look.style(cell.style, text);
      })
      .join('  ')
      .trimEnd();
  const title = head.map((text) => ({ text, style: 'dim' as const }));
  return [title, ...rows].map(lineOf);
}

/** At most `room` characters; three dots replace the rest. */
export const cut = (text: string, room: number): string =>
  text.length <= room ? text : `${text.slice(0, Math.max(room - 3, 0))}...`;
