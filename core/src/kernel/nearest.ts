// The name that was probably meant, for messages about a misspelt one.
import type { FieldError } from '@phraseworks/sdk';
import { fieldPath } from '@phraseworks/sdk/host';

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

/** The only word that `given` begins, or the one that differs least; undefined if none is near. */
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

/** One error per key of `given` that is not in `known`; keys without a value count as omitted. `what`: what a key is called. */
export const unknownOptions = (given: object, known: readonly string[], base = '', what = 'option'): FieldError[] =>
  unknown(given, known).map((key) => refused(base, key, known, what));

/** The same for input of any caller: names only a key that resembles a known one, since the others could hold anything. */
export const unknownFields = (given: object, known: readonly string[], base = ''): FieldError[] =>
  unknown(given, known).map((key) => refused(base, nearest(key, known) === undefined ? '' : key, known, 'option'));

const unknown = (given: object, known: readonly string[]): string[] =>
  Object.entries(given)
    .filter(([key, value]) => value !== undefined && !known.includes(key))
    .slice(0, 10)
    .map(([key]) => key);

const refused = (base: string, key: string, known: readonly string[], what: string): FieldError => ({
  path: fieldPath(base, [key]),
  message: `is not a known ${what}${hint(key, known)}`,
});

/** `: did you mean use?`, or the list of all. */
export function hint(given: string, known: readonly string[]): string {
  if (known.length === 0) return '';
  const near = nearest(given, known);
  return near === undefined ? `; use ${known.join(', ')}` : `: did you mean ${near}?`;
}
