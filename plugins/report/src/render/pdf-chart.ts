// A chart in a PDF: the shapes as vectors, with their labels and legend.
import { draw, type Shape } from '@phraseworks/sdk/charts';
import { LIGHT } from '../chart/palette.ts';
import type { Chart } from '../content/model.ts';
import { type Document, FONT, MARGIN, makeRoom, widthOf } from './pdf-page.ts';

const HEIGHT = 110;
const { tones, rule, soft, ink } = LIGHT;

function drawShape(doc: Document, shape: Shape, scale: { x: number; y: number }): void {
  const at = ([x, y]: readonly [number, number]): [number, number] => [x * scale.x, y * scale.y];
  switch (shape.kind) {
    case 'box':
      doc
        .rect(shape.x * scale.x, shape.y * scale.y, shape.width * scale.x, shape.height * scale.y)
        .fill(tones[shape.tone]);
      break;
    case 'line': {
      const [first, ...rest] = shape.points.map(at);
      if (!first || rest.length === 0) return;
      doc.moveTo(...first);
      for (const point of rest) doc.lineTo(...point);
      doc.lineWidth(1.4).lineJoin('round').lineCap('round');
      if (shape.dashed) doc.dash(0.5, { space: 3.5 });
      doc.stroke(tones[shape.tone]).undash();
      break;
    }
    case 'dot':
      doc.circle(...at(shape.at), shape.radius * 0.7).fill(tones[shape.tone]);
      break;
    case 'rule':
      doc.moveTo(0, shape.y * scale.y).lineTo(shape.width * scale.x, shape.y * scale.y);
      doc.lineWidth(0.5).stroke(shape.strong ? soft : rule);
  }
}

function drawLabels(doc: Document, labels: readonly string[], y: number): void {
  const slot = widthOf(doc) / Math.max(1, labels.length);
  // Wider than its slot where the neighbours are empty.
  const width = Math.max(slot, 40);
  doc.font(FONT.text).fontSize(7.5).fillColor(soft);
  for (const [index, label] of labels.entries()) {
    if (label === '') continue;
    doc.text(label, MARGIN + (index + 0.5) * slot - width / 2, y, { width, align: 'center', lineBreak: false });
  }
}

function drawLegend(doc: Document, { series }: Chart, y: number): void {
  let x = MARGIN;
  for (const { name, tone } of series) {
    doc.rect(x, y + 0.5, 6, 6).fill(tones[tone]);
    doc
      .font(FONT.text)
      .fontSize(8)
      .fillColor(soft)
      .text(name, x + 10, y, { lineBreak: false });
    x += 24 + doc.widthOfString(name);
  }
}

export function drawChart(doc: Document, chart: Chart): void {
  makeRoom(doc, HEIGHT + 70);
  const top = doc.y + 12;
  doc.font(FONT.text).fontSize(8.5).fillColor(soft);
  doc.text(`highest: ${chart.top}`, MARGIN, top, { width: widthOf(doc), align: 'right' });
  doc
    .font(FONT.strong)
    .fontSize(9.5)
    .fillColor(ink)
    .text(chart.title, MARGIN, top, { width: widthOf(doc) / 2 });
  const drawing = draw(chart);
  doc.save().translate(MARGIN, top + 18);
  const scale = { x: widthOf(doc) / drawing.width, y: HEIGHT / drawing.height };
  for (const shape of drawing.shapes) drawShape(doc, shape, scale);
  doc.restore();
  const below = top + 18 + HEIGHT + 5;
  drawLabels(doc, chart.labels, below);
  if (chart.series.length > 1) drawLegend(doc, chart, below + 14);
  doc.x = MARGIN;
  doc.y = below + (chart.series.length > 1 ? 30 : 14);
}
