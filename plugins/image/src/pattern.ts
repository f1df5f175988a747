// Patterns for the paths of a set: {width} and {format} are filled in for each of its files.
import type { Format } from './formats.ts';
import { EXTENSION } from './formats.ts';
import { pathProblem } from './output-path.ts';

const NAME = /\{([^{}]*)\}/g;
const KNOWN = new Set(['width', 'format']);
const WIDEST = 16_384;

/** The names in braces. */
export const namesOf = (pattern: string): Set<string> =>
  new Set([...pattern.matchAll(NAME)].map(([, name]) => name ?? ''));

/** `{format}` becomes the extension: `/a/photo-{width}.{format}` gives `/a/photo-320.jpg`. */
export const filled = (pattern: string, width: number, format: Format): string =>
  pattern.replace(NAME, (_all, name) => (name === 'width' ? String(width) : EXTENSION[format]));

/** What is wrong with a pattern, or null. */
export function patternProblem(pattern: string): string | null {
  const names = namesOf(pattern);
  if ([...names].some((name) => !KNOWN.has(name))) return 'knows {width} and {format} only';
  if (!names.has('width')) return 'needs {width}, or its files would have one name';
  return pathProblem(filled(pattern, WIDEST, 'jpeg'));
}
