// A table in a PDF: rows that wrap, and a heading on each page.
import { LIGHT } from '../chart/palette.ts';
import type { Cell, Column, Table } from '../content/model.ts';
import { changeInWords } from '../content/words.ts';
import { type Document, FONT, MARGIN, makeRoom, widthOf } from './pdf-page.ts';

const SIZE = 9;
const SMALL = 7.5;
const GAP = 8;
const PADDING = 4;
const { ink, soft, rule } = LIGHT;

interface Line {
  text: string;
  size: number;
  colour: string;
}

/** The lines of a cell, one below the other. */
function linesOf({ text, note, change }: Cell): Line[] {
  const words = change === undefined || change.text === 'new' ? '' : changeInWords(change);
  const small = [note ?? '', words].filter((one) => one !== '');
  return [{ text, size: SIZE, colour: ink }, ...small.map((one) => ({ text: one, size: SMALL, colour: soft }))];
}

/** The first column takes what the others leave. */
function widths(doc: Document, { columns, rows }: Table): number[] {
  doc.font(FONT.text);
  const natural = columns.map(({ label }, index) => {
    const all = [{ text: label, size: SMALL }, ...rows.flatMap((row) => linesOf(row[index] ?? { text: '' }))];
    return Math.max(...all.map(({ text, size }) => doc.fontSize(size).widthOfString(text))) + GAP + 1;
  });
  const others = natural.slice(1).reduce((sum, width) => sum + width, 0);
  return [Math.max(120, widthOf(doc) - others), ...natural.slice(1)];
}

interface Row {
  cells: Line[][];
  font: keyof typeof FONT;
}

function drawRow(doc: Document, { cells, font }: Row, columns: readonly Column[], wide: readonly number[]): void {
  const optionsOf = (index: number) => ({
    width: (wide[index] ?? 0) - (index === 0 ? GAP : 0),
    align: columns[index]?.align ?? 'left',
  });
  const heightOf = (lines: readonly Line[], index: number): number =>
    lines.reduce(
      (sum, { text, size }) =>
        sum +
        doc
          .font(FONT[font])
          .fontSize(size)
          .heightOfString(text || ' ', optionsOf(index)),
      0,
    );
  const height = Math.max(...cells.map(heightOf)) + 2 * PADDING;
  if (doc.y + height > doc.page.height - MARGIN) makeRoom(doc, height);
  const top = doc.y + PADDING;
  let x = MARGIN;
  for (const [index, lines] of cells.entries()) {
    doc.y = top;
    for (const { text, size, colour } of lines) {
      doc
        .font(FONT[font])
        .fontSize(size)
        .fillColor(colour)
        .text(text || ' ', x, doc.y, optionsOf(index));
    }
    x += wide[index] ?? 0;
  }
  const end = top - PADDING + height;
  doc
    .moveTo(MARGIN, end)
    .lineTo(MARGIN + widthOf(doc), end)
    .lineWidth(0.5)
    .stroke(rule);
  doc.x = MARGIN;
  doc.y = end;
}

function drawHeading(doc: Document, text: string): void {
  makeRoom(doc, 60);
  doc.y += 8;
  doc
    .font(FONT.strong)
    .fontSize(SIZE)
    .fillColor(ink)
    .text(text, MARGIN, doc.y, { width: widthOf(doc) });
  doc.y += 2;
}

export function drawTable(doc: Document, table: Table): void {
  makeRoom(doc, 70);
  const wide = widths(doc, table);
  const head: Row = {
    cells: table.columns.map(({ label }) => [{ text: label, size: SMALL, colour: soft }]),
    font: 'text',
  };
  drawRow(doc, head, table.columns, wide);
  for (const row of table.rows) {
    if (row[0]?.heading) {
      drawHeading(doc, row[0].text);
      continue;
    }
    const cells = table.columns.map((_, index) => linesOf(row[index] ?? { text: '' }));
    if (makeRoom(doc, 40)) drawRow(doc, head, table.columns, wide);
    drawRow(doc, { cells, font: 'text' }, table.columns, wide);
  }
}
