// The figures of every type in the range, sorted by any column.
/** @jsxImportSource hono/jsx */

import { formatDuration } from '@phraseworks/sdk';
import type { MetricsHistory } from '@phraseworks/sdk/client';
import { typePath } from '../address.ts';
import { Table } from '../parts.tsx';
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

export function TypesTable({ visit: { to, at, query }, byType, range }: TypesProps) {
  const rows = Object.entries(byType).sort(([one], [other]) => one.localeCompare(other, 'en'));
  if (rows.length === 0) return <p class="faint">No jobs in this range.</p>;
  const by = query.sort === 'type' ? 'type' : (NAMES.find((name) => name === query.sort) ?? 'runP95');
  // Types with the same figure stay in the order of their names.
  if (by !== 'type') rows.sort(([, one], [, other]) => (other[by] ?? -1) - (one[by] ?? -1));
  const column = (name: Column | 'type', label: string) => ({
    label,
    head: <a href={`${at({ sort: name })}#types`}>{label}</a>,
    sorted: name !== by ? undefined : by === 'type' ? ('ascending' as const) : ('descending' as const),
  });
  return (
    <Table
      caption="Job types"
      name="sorted"
      rows={rows}
      columns={[
        {
          ...column('type', 'Type'),
          names: true,
          cell: ([type]) => <a href={to(typePath(type), { range })}>{type}</a>,
        },
        ...NAMES.map((name) => ({
          ...column(name, COLUMNS[name].label),
          number: true,
          cell: ([, figures]: (typeof rows)[number]) => COLUMNS[name].show(figures[name] as number),
        })),
      ]}
    />
  );
}
