// Figures of a report, counted by day from what a plugin has stored.
import type { Figure } from './hooks.ts';

const DAY = 86_400_000;
/** A report of a longer period shows no days. */
const MOST_DAYS = 366;

/** Milliseconds since 1970; `to` is exclusive. */
interface Span {
  from: number;
  to: number;
}

/**
 * The figures of a section, for the filter `report:figures`: each sums up what `of` says of the rows, overall and by the days since `from`.
 *
 *     dailyFigures('Visits', span, rows, [{ key: 'visits.pages', label: 'Pages', unit: 'count', better: 'more', of: () => 1 }])
 */
export function dailyFigures<R extends { at: number }>(
  section: string,
  { from, to }: Span,
  rows: readonly R[],
  figures: readonly (Omit<Figure, 'section' | 'value' | 'days'> & { of(row: R): number })[],
): Figure[] {
  const length = Math.max(1, Math.ceil((to - from) / DAY));
  return figures.map(({ of, ...figure }) => {
    const days = new Array<number>(length).fill(0);
    for (const row of rows) {
      const day = Math.min(length - 1, Math.max(0, Math.floor((row.at - from) / DAY)));
      days[day] = (days[day] ?? 0) + of(row);
    }
    const value = days.reduce((sum, n) => sum + n, 0);
    return { ...figure, section, value, ...(length <= MOST_DAYS ? { days } : {}) };
  });
}
