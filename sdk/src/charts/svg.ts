// Shapes as SVG for a page. Without colours of its own a picture takes those of the page's stylesheet, so that it needs no inline style.
import { escapeMarkup } from '../duration.ts';
import type { Tone } from './chart.ts';
import type { Drawing, Shape } from './drawing.ts';

/** Colours within the picture itself. */
export interface Paint {
  rule: string;
  soft: string;
  tones: Record<Tone, string>;
}

function shape(one: Shape, paint: Paint | undefined): string {
  const fill = (tone: Tone) => (paint ? ` fill="${paint.tones[tone]}"` : '');
  switch (one.kind) {
    case 'box':
      return `<rect class="f-${one.tone}" x="${one.x}" y="${one.y}" width="${one.width}" height="${one.height}" rx="1.5"${fill(one.tone)}/>`;
    case 'line':
      return `<polyline class="s-${one.tone}" points="${one.points.map((at) => at.join(',')).join(' ')}" fill="none"${paint ? ` stroke="${paint.tones[one.tone]}"` : ''} stroke-width="${one.width}" stroke-linejoin="round" stroke-linecap="round"${one.dashed ? ' stroke-dasharray="1 5"' : ''}/>`;
    case 'dot':
      return `<circle class="f-${one.tone}" cx="${one.at[0]}" cy="${one.at[1]}" r="${one.radius}"${fill(one.tone)}/>`;
    case 'cut':
      return `<path class="f-cut" d="M${one.x - 1} ${one.y}l${one.width + 2} -4v4l-${one.width + 2} 4z"${paint ? ' fill="#fff"' : ''}/>`;
    case 'rule':
      return `<line class="${one.strong ? 's-soft' : 's-rule'}" x1="0" x2="${one.width}" y1="${one.y}" y2="${one.y}"${paint ? ` stroke="${one.strong ? paint.soft : paint.rule}"` : ''} stroke-width="1"/>`;
  }
}

/** The content of `<svg>`. Each shape has a class: `f-main` is filled, `s-main` is a line, `s-rule` and `s-soft` are rules. */
export const shapesSvg = ({ shapes }: Drawing, paint?: Paint): string =>
  shapes.map((one) => shape(one, paint)).join('');

export interface Told {
  /** Of its own within the page. */
  id: string;
  title: string;
  /** One sentence for people who cannot see it. */
  description: string;
  /** What a pointer shows at each place. */
  places?: readonly string[];
}

/** A picture with a description; the same numbers belong beside it, as a table. */
export function chartSvg(drawing: Drawing, { id, title, description, places = [] }: Told): string {
  const { width, height } = drawing;
  const slot = width / Math.max(1, places.length);
  const hits = places.map(
    (place, index) =>
      `<path d="M${(index * slot).toFixed(1)} 0h${slot.toFixed(1)}v${height}h-${slot.toFixed(1)}z"><title>${escapeMarkup(place)}</title></path>`,
  );
  const pointed = hits.length === 0 ? '' : `<g class="hits" fill="transparent">${hits.join('')}</g>`;
  return `<svg class="chart" role="img" aria-labelledby="${id}-t ${id}-d" viewBox="0 0 ${width} ${height}"><title id="${id}-t">${escapeMarkup(title)}</title><desc id="${id}-d">${escapeMarkup(description)}</desc>${shapesSvg(drawing)}${pointed}</svg>`;
}

/** Beside a number that says the same: hidden from those who do not see it. */
export const sparkSvg = (drawing: Drawing): string =>
  `<svg class="spark" aria-hidden="true" focusable="false" viewBox="0 0 ${drawing.width} ${drawing.height}" width="${drawing.width}" height="${drawing.height}">${shapesSvg(drawing)}</svg>`;
