// Shapes as SVG: in a page it takes the colours of the page, as a picture of its own it brings them.
import { asText } from '../render/markup.ts';
import type { Drawing, Shape } from './drawing.ts';
import type { Palette } from './palette.ts';

function shape(one: Shape, { tones, rule, soft }: Palette): string {
  switch (one.kind) {
    case 'box':
      return `<rect class="f-${one.tone}" x="${one.x}" y="${one.y}" width="${one.width}" height="${one.height}" rx="1.5" fill="${tones[one.tone]}"/>`;
    case 'line':
      return `<polyline class="s-${one.tone}" points="${one.points.map((at) => at.join(',')).join(' ')}" fill="none" stroke="${tones[one.tone]}" stroke-width="${one.width}" stroke-linejoin="round" stroke-linecap="round"${one.dashed ? ' stroke-dasharray="1 5"' : ''}/>`;
    case 'dot':
      return `<circle class="f-${one.tone}" cx="${one.at[0]}" cy="${one.at[1]}" r="${one.radius}" fill="${tones[one.tone]}"/>`;
    case 'rule':
      return `<line class="${one.strong ? 's-soft' : 's-rule'}" x1="0" x2="${one.width}" y1="${one.y}" y2="${one.y}" stroke="${one.strong ? soft : rule}" stroke-width="1"/>`;
  }
}

const body = ({ shapes }: Drawing, palette: Palette): string => shapes.map((one) => shape(one, palette)).join('');

export interface Told {
  /** Of its own within the page. */
  id: string;
  title: string;
  description: string;
}

/** For use within a page. */
export function inlineSvg(drawing: Drawing, palette: Palette, { id, title, description }: Told): string {
  const { width, height } = drawing;
  return `<svg role="img" aria-labelledby="${id}-t ${id}-d" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" style="display:block;width:100%;height:auto"><title id="${id}-t">${asText(title)}</title><desc id="${id}-d">${asText(description)}</desc>${body(drawing, palette)}</svg>`;
}

/** Beside a number that says the same: hidden from those who do not see it. */
export function sparkSvg(drawing: Drawing, palette: Palette): string {
  const { width, height } = drawing;
  return `<svg aria-hidden="true" focusable="false" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" style="display:block">${body(drawing, palette)}</svg>`;
}

/** A file of its own, so many times as large. */
export function svgFile(drawing: Drawing, palette: Palette, scale: number): string {
  const { width, height } = drawing;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width * scale}" height="${height * scale}">${body(drawing, palette)}</svg>`;
}
