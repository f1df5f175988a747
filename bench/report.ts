// The figures as a table, with their range.
import { type Measured, median, sorted } from './measured.ts';

export const round = (n: number): string => (n >= 100 ? Math.round(n).toLocaleString('en') : n.toFixed(2));

/** Median (least to most) of each figure. */
const spread = (list: readonly number[]): string =>
  `${round(median(list) as number)} (${round(sorted(list)[0] as number)} to ${round(sorted(list).at(-1) as number)})`;

const groups = (measured: readonly Measured[]): Map<string, Measured[]> => {
  const byKey = new Map<string, Measured[]>();
  for (const one of measured) {
    const key = `${one.name} | ${one.side}`;
    byKey.set(key, [...(byKey.get(key) ?? []), one]);
  }
  return byKey;
};

export function table(measured: readonly Measured[]): string[] {
  const rows = ['| case | side | median (range) | more |', '| --- | --- | --- | --- |'];
  for (const [key, list] of groups(measured)) {
    const unit = list[0]?.figure.unit ?? '';
    const names = [...new Set(list.flatMap(({ figure }) => Object.keys(figure.more ?? {})))];
    // A figure that a round does not have is nothing there: jobs that were left in one round only.
    const more = names
      .map((name) => `${name} ${spread(list.map(({ figure }) => figure.more?.[name] ?? 0))}`)
      .join('; ');
    rows.push(`| ${key} | ${spread(list.map(({ figure }) => figure.value))} ${unit} | ${more} |`);
  }
  return rows;
}

/** What each side was read back to promise: `full` when each commit waits for the disk. */
export const promises = (measured: readonly Measured[]): string =>
  [
    ...new Set(
      measured.filter(({ figure }) => figure.durability).map(({ side, figure }) => `${side} ${figure.durability}`),
    ),
  ].join(', ');
