// The figures of every type in the range, sorted by any column.
/** @jsxImportSource hono/jsx */

import { formatDuration } from '@phraseworks/sdk';
import type { MetricsHistory } from '@phraseworks/sdk/client';
import { number } from '../text.ts';
import type { Visit } from '../visit.ts';
import type { Range } from './read.ts';

const time = (ms: number | null): string => (ms === null ? '-' : formatDuration(ms));
const COLUMNS = {
  runP95: { label: 'p95 run', show: time },
  runP50: { label: 'Median run', show: time },
  waitP95: { label: 'p95 queue time', show: time },
  completed: { label: 'Completed', show: number },
  failed: { label: 'Failed', show: number },
  retried: { label: 'Retried', show: number },
} as const;
type Column = keyof typeof COLUMNS;
const NAMES = Object.keys(COLUMNS) as Column[];

interface TypesProps {
  visit: Visit;
  byType: MetricsHistory['byType'];
  range: Range;
}

export function TypesTable({ visit: { to, query }, byType, range }: TypesProps) {
  const rows = Object.entries(byType).sort(([one], [other]) => one.localeCompare(other, 'en'));
  if (rows.length === 0) return <p class="faint">No jobs in this range.</p>;
  const by = query.sort === 'type' ? 'type' : (NAMES.find((name) => name === query.sort) ?? 'runP95');
  // Types with the same figure stay in the order of their names.
  if (by !== 'type') rows.sort(([, one], [, other]) => (other[by] ?? -1) - (one[by] ?? -1));
  const head = (name: Column | 'type', label: string) => (
    <th
      scope="col"
      class={name === 'type' ? undefined : 'number'}
      aria-sort={name !== by ? undefined : by === 'type' ? 'ascending' : 'descending'}
    >
      <a href={`${to('/figures', { range, sort: name })}#types`}>{label}</a>
    </th>
  );
  return (
    <table class="plain sorted">
      <caption class="hidden">Job types</caption>
      <thead>
        <tr>
          {head('type', 'Type')}
          {NAMES.map((name) => head(name, COLUMNS[name].label))}
        </tr>
      </thead>
      <tbody>
        {rows.map(([type, figures]) => (
          <tr>
            <th scope="row">
              <a href={to('/figures', { range, type })}>{type}</a>
            </th>
            {NAMES.map((name) => (
              <td class="number" data-label={COLUMNS[name].label}>
                {COLUMNS[name].show(figures[name] as number)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
