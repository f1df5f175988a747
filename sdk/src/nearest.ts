// The name that was probably meant, for messages about a misspelt one.
import type { FieldError } from './errors.ts';
import { fieldPath } from './schema.ts';

/** Counts the letters to change, add, leave out or swap with their neighbour (optimal string alignment). */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const at = (i: number, j: number): number => rows[i]?.[j] ?? Number.POSITIVE_INFINITY;
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      const swapped =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(i - 2, j - 2) + 1 : at(-1, 0);
      row.push(Math.min(at(i - 1, j) + 1, (row[j - 1] ?? 0) + 1, at(i - 1, j - 1) + same, swapped));
    }
  }
  return at(a.length, b.length);
}

/** The only word that starts with `given`, or the one that differs least; undefined if none is near. */
export function nearest(given: string, words: readonly string[]): string | undefined {
  if (given === '' || given.length > 60) return undefined;
  const begun = words.filter((word) => word.startsWith(given));
  if (begun.length === 1) return begun[0];
  const found = words
    .map((word) => ({ word, far: distance(given, word) }))
    .filter(({ word, far }) => far <= Math.max(1, Math.floor(Math.max(word.length, given.length) / 2.5)))
    .sort((a, b) => a.far - b.far);
  return found[0]?.word;
}

/** One error per key of `given` that is not in `known`. Ignores keys whose value is undefined. `what`: the word for a key in messages. */
export const unknownOptions = (given: object, known: readonly string[], base = '', what = 'option'): FieldError[] =>
  unknown(given, known).map((key) => refused(base, key, known, what));

/** The same for untrusted input: quotes only keys that resemble a known one, and reports all others as one. */
export function unknownFields(given: object, known: readonly string[], base = ''): FieldError[] {
  const keys = unknown(given, known);
  const near = keys.filter((key) => nearest(key, known) !== undefined);
  return [...near, ...(near.length < keys.length ? [''] : [])].map((key) => refused(base, key, known, 'option'));
}

/** Is `given` one edit away from `word`, with the same first letter? */
export const isTypo = (given: string, word: string): boolean =>
  given[0] === word[0] && Math.abs(given.length - word.length) <= 1 && distance(given, word) === 1;

const unknown = (given: object, known: readonly string[]): string[] =>
  Object.entries(given)
    .filter(([key, value]) => value !== undefined && !known.includes(key))
    .slice(0, 10)
    .map(([key]) => key);

const refused = (base: string, key: string, known: readonly string[], what: string): FieldError => ({
  path: fieldPath(base, [key]),
  message: `is not a known ${what}${hint(key, known)}`,
});

/** `: did you mean use?`, or the list of all if it is short. */
export function hint(given: string, known: readonly string[]): string {
  const near = nearest(given, known);
  if (near !== undefined) return `: did you mean ${near}?`;
  return known.length === 0 || known.length > 20 ? '' : `; use ${known.join(', ')}`;
}
