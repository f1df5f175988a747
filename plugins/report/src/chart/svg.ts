// Shapes as SVG: in a page they take the colours of the page, as a picture of its own it brings them.
import { escapeMarkup } from '@phraseworks/sdk';
import { type Drawing, shapesSvg, type Told } from '@phraseworks/sdk/charts';
import type { Palette } from './palette.ts';

/** For use within a page. */
export function inlineSvg(drawing: Drawing, palette: Palette, { id, title, description }: Told): string {
  const { width, height } = drawing;
  return `<svg role="img" aria-labelledby="${id}-t ${id}-d" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" style="display:block;width:100%;height:auto"><title id="${id}-t">${escapeMarkup(title)}</title><desc id="${id}-d">${escapeMarkup(description)}</desc>${shapesSvg(drawing, palette)}</svg>`;
}

/** Beside a number that says the same: hidden from those who do not see it. */
export function sparkSvg(drawing: Drawing, palette: Palette): string {
  const { width, height } = drawing;
  return `<svg aria-hidden="true" focusable="false" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" style="display:block">${shapesSvg(drawing, palette)}</svg>`;
}

/** A file of its own, so many times as large. */
export function svgFile(drawing: Drawing, palette: Palette, scale: number): string {
  const { width, height } = drawing;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width * scale}" height="${height * scale}">${shapesSvg(drawing, palette)}</svg>`;
}
