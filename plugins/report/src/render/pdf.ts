// A report as PDF, by pdfkit where it is installed: the charts are drawn as vectors.
import type PDFDocument from 'pdfkit';
import { LIGHT } from '../chart/palette.ts';
import type { Report, Section, Tile } from '../content/model.ts';
import { changeInWords } from '../content/words.ts';
import { drawChart } from './pdf-chart.ts';
import { type Document, FONT, latin, MARGIN, makeRoom, widthOf } from './pdf-page.ts';
import { drawTable } from './pdf-table.ts';

export type Kit = typeof PDFDocument;

/** Null when it is not installed. */
export async function loadPdfkit(): Promise<Kit | null> {
  try {
    return (await import('pdfkit')).default;
  } catch {
    return null;
  }
}

type Strength = keyof typeof FONT;

function say(doc: Document, text: string, size: number, colour: string, font: Strength = 'text'): void {
  doc
    .font(FONT[font])
    .fontSize(size)
    .fillColor(colour)
    .text(text, MARGIN, doc.y, { width: widthOf(doc) });
}

function drawTiles(doc: Document, tiles: readonly Tile[]): void {
  if (tiles.length === 0) return;
  const width = widthOf(doc) / tiles.length;
  const top = doc.y + 14;
  let end = top;
  for (const [index, { label, value, change }] of tiles.entries()) {
    const at = { width: width - 8 };
    const x = MARGIN + index * width;
    doc.font(FONT.text).fontSize(9).fillColor(LIGHT.soft).text(label, x, top, at);
    doc.font(FONT.strong).fontSize(18).fillColor(LIGHT.ink).text(value, x, doc.y, at);
    const words = change && change.text !== 'new' ? changeInWords(change) : '';
    if (words !== '') doc.font(FONT.text).fontSize(8.5).fillColor(LIGHT.soft).text(words, x, doc.y, at);
    end = Math.max(end, doc.y);
  }
  doc.y = end;
}

function drawSection(doc: Document, { title, note, charts = [], table }: Section): void {
  makeRoom(doc, 110);
  doc.y += 20;
  doc
    .moveTo(MARGIN, doc.y)
    .lineTo(MARGIN + widthOf(doc), doc.y)
    .lineWidth(0.5)
    .stroke(LIGHT.rule);
  doc.y += 10;
  say(doc, title, 13, LIGHT.ink, 'strong');
  if (note !== undefined) say(doc, note, 8.5, LIGHT.soft);
  for (const chart of charts) drawChart(doc, chart);
  if (!table) return;
  doc.y += 8;
  drawTable(doc, table);
}

/** Every text of it, changed. */
function reworded<T>(value: T, change: (text: string) => string): T {
  if (typeof value === 'string') return change(value) as T;
  if (Array.isArray(value)) return value.map((one) => reworded(one, change)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, reworded(one, change)])) as T;
}

/** `font`: file of a font (TTF, OTF) for texts that are not Latin, for which the built-in one shows a question mark. */
export async function toPdf(Kit: Kit, given: Report, font?: string): Promise<Buffer> {
  const report = font === undefined ? reworded(given, latin) : given;
  const info = { Title: `${report.title}, ${report.label}`, Creator: 'PhraseWorks Jobs' };
  const doc = new Kit({ size: 'A4', margin: MARGIN, info, lang: 'en', displayTitle: true });
  const chunks: Buffer[] = [];
  const done = new Promise<void>((resolve, reject) => {
    doc.on('data', (chunk: Buffer) => chunks.push(chunk));
    doc.on('end', resolve);
    doc.on('error', reject);
  });
  try {
    doc.registerFont(FONT.text, font ?? 'Helvetica');
    doc.registerFont(FONT.strong, font ?? 'Helvetica-Bold');
    say(doc, report.site === '' ? report.title : `${report.site} - ${report.title}`, 9, LIGHT.soft);
    say(doc, report.label, 20, LIGHT.ink, 'strong');
    say(doc, `against ${report.beforeLabel}`, 9, LIGHT.soft);
    doc.y += 8;
    say(doc, report.headline, 11.5, LIGHT.ink);
    if (report.note !== null) {
      doc.y += 4;
      say(doc, report.note, 9.5, LIGHT.soft);
    }
    drawTiles(doc, report.tiles);
    for (const section of report.sections) drawSection(doc, section);
    makeRoom(doc, 40);
    doc.y += 18;
    say(doc, report.footer, 8.5, LIGHT.soft);
  } finally {
    doc.end();
  }
  await done;
  return Buffer.concat(chunks);
}
