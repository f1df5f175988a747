// Charts as SVG: within a page they use its colours, as separate files they contain their own.
import { escapeMarkup } from '@phraseworks/sdk';
import { type Drawing, type Paint, shapesSvg, type Told } from '@phraseworks/sdk/charts';

export interface Palette extends Paint {
  paper: string;
  raised: string;
  ink: string;
  good: string;
}

export const LIGHT: Palette = {
  paper: '#ffffff',
  raised: '#f5f6f3',
  ink: '#1c2321',
  soft: '#59635f',
  rule: '#e2e5e1',
  good: '#1d7440',
  tones: { main: '#0f6a5c', other: '#5f9f92', bad: '#b3261e', quiet: '#b4bdb8' },
};

export const DARK: Palette = {
  paper: '#161b1a',
  raised: '#1f2625',
  ink: '#e4e9e6',
  soft: '#a3aea9',
  rule: '#2f3734',
  good: '#6cc98b',
  tones: { main: '#58bfab', other: '#3f9585', bad: '#ff8a80', quiet: '#5c6763' },
};

/** For pictures with a transparent background: a mail may be shown on white or black. */
export const EITHER: Palette = {
  ...LIGHT,
  rule: '#9aa39f4d',
  tones: { main: '#23917f', other: '#7db8ac', bad: '#d5483f', quiet: '#9aa39f' },
};

/** For use within a page. */
export function inlineSvg(drawing: Drawing, palette: Palette, { id, title, description }: Told): string {
  const { width, height } = drawing;
  return `<svg role="img" aria-labelledby="${id}-t ${id}-d" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" style="display:block;width:100%;height:auto"><title id="${id}-t">${escapeMarkup(title)}</title><desc id="${id}-d">${escapeMarkup(description)}</desc>${shapesSvg(drawing, palette)}</svg>`;
}

/** Beside a number that says the same, so it is hidden from screen readers. */
export function sparkSvg(drawing: Drawing, palette: Palette): string {
  const { width, height } = drawing;
  return `<svg aria-hidden="true" focusable="false" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" style="display:block">${shapesSvg(drawing, palette)}</svg>`;
}

/** A separate file, `scale` times as large. */
export function svgFile(drawing: Drawing, palette: Palette, scale: number): string {
  const { width, height } = drawing;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width * scale}" height="${height * scale}">${shapesSvg(drawing, palette)}</svg>`;
}
