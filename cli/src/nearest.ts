// The word that was probably meant. Pure.

/** Letters to change, add, leave out or swap with their neighbour. */
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

/** Of `words`, the one that `given` begins, or that it differs least from; undefined when none is near. */
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
