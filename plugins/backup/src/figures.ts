// What this plugin adds to the site's reports.
import type { Figure } from '@phraseworks/sdk';
import type { RunRow } from './tables.ts';

const DAY = 86_400_000;
const LONGEST = 366;

/** `rows`: those made between `from` and `to`. */
export function figuresOf(rows: readonly RunRow[], from: number, to: number): Figure[] {
  const days = Math.min(LONGEST, Math.max(1, Math.ceil((to - from) / DAY)));
  const perDay = (count: (row: RunRow) => number): number[] => {
    const values = new Array<number>(days).fill(0);
    for (const row of rows) {
      const day = Math.min(days - 1, Math.floor((row.at - from) / DAY));
      values[day] = (values[day] ?? 0) + count(row);
    }
    return values;
  };
  const figure = (
    key: string,
    label: string,
    count: (row: RunRow) => number,
    more: Pick<Figure, 'unit' | 'better'>,
  ): Figure => ({
    ...{ key: `backup.${key}`, section: 'Backups', label, ...more },
    value: rows.reduce((sum, row) => sum + count(row), 0),
    days: perDay(count),
  });
  const made = ({ state }: RunRow) => Number(state !== 'writing' && state !== 'failed');
  return [
    figure('made', 'backups made', made, { unit: 'count', better: 'more' }),
    figure('verified', 'backups verified', ({ state }) => Number(state === 'verified'), {
      unit: 'count',
      better: 'more',
    }),
    figure('incomplete', 'backups incomplete', ({ state }) => Number(state === 'incomplete'), {
      unit: 'count',
      better: 'less',
    }),
    figure('failed', 'backups failed', ({ state }) => Number(state === 'failed'), { unit: 'count', better: 'less' }),
    figure('bytes', 'size of the backups', (row) => made(row) * row.bytes, { unit: 'bytes', better: 'neither' }),
  ];
}
