// The charts of a report: what they show, and the same numbers as a table.
import { formatDuration } from '@phraseworks/sdk';
import type { Series } from '@phraseworks/sdk/charts';
import type { PeriodFigures } from '../figures/read.ts';
import { axisLabel, dayLabel, type Every } from '../time.ts';
import type { Chart, Column, Table } from './model.ts';
import { count, durationCell, many, numberCell } from './words.ts';

const hourLabels = (): string[] => Array.from({ length: 24 }, (_, hour) => (hour % 6 === 0 ? `${hour}:00` : ''));
const hourNames = (): string[] => Array.from({ length: 24 }, (_, hour) => `${String(hour).padStart(2, '0')}:00`);

const right = (label: string): Column => ({ label, align: 'right' });
const left = (label: string): Column => ({ label, align: 'left' });

function tableOf(
  caption: string,
  first: string,
  names: readonly string[],
  series: readonly Series[],
  asTime: boolean,
): Table {
  return {
    caption,
    columns: [left(first), ...series.map(({ name }) => right(name))],
    rows: names.map((name, index) => [
      { text: name },
      ...series.map(({ values }) => {
        const value = values[index] ?? null;
        return asTime ? durationCell(value) : numberCell(value ?? 0);
      }),
    ]),
  };
}

interface Axis {
  names: string[];
  labels: string[];
  unit: 'day' | 'hour';
}

const axisOf = ({ days }: PeriodFigures, every: Every): Axis =>
  every === 'day'
    ? { names: hourNames(), labels: hourLabels(), unit: 'hour' }
    : { names: days.map(dayLabel), labels: days.map((day) => axisLabel(day, every)), unit: 'day' };

const SHOWN = [
  ['completed', 'completed', 'main'],
  ['failed', 'failed', 'bad'],
  ['cancelled', 'cancelled', 'quiet'],
] as const;

/** Jobs that ended, per day, or per hour of a single day. */
export function resultsChart(figures: PeriodFigures, every: Every): Chart {
  const axis = axisOf(figures, every);
  const { parts } = figures;
  const sums = parts.map(({ completed, failed, cancelled }) => completed + failed + cancelled);
  const highest = Math.max(0, ...sums);
  const series = SHOWN.flatMap(([outcome, name, tone]): Series[] => {
    const values = parts.map((part) => part[outcome]);
    return outcome === 'completed' || values.some((value) => value > 0) ? [{ name, tone, values }] : [];
  });
  const place = axis.names[sums.indexOf(highest)] ?? '';
  return {
    kind: 'stacked',
    title: `Jobs per ${axis.unit}`,
    description: `Finished jobs per ${axis.unit}. Highest: ${count(highest)}, ${place}.`,
    labels: axis.labels,
    series,
    top: many(highest, 'job'),
    table: tableOf(`Jobs per ${axis.unit}`, axis.unit === 'day' ? 'Day' : 'Hour', axis.names, series, false),
  };
}

/** Null for a single day, and if nothing was measured. */
export function timesChart(figures: PeriodFigures, every: Every): Chart | null {
  if (every === 'day') return null;
  const axis = axisOf(figures, every);
  const series: Series[] = [
    { name: 'p95', tone: 'main', values: figures.parts.map(({ runP95 }) => runP95) },
    { name: 'median', tone: 'other', values: figures.parts.map(({ runP50 }) => runP50) },
  ];
  const known = series.flatMap(({ values }) => values.filter((value) => value !== null));
  if (known.length === 0) return null;
  const highest = Math.max(...known);
  return {
    kind: 'line',
    title: 'Run time per day',
    description: `How long attempts ran, per day: median and 95th percentile. Highest: ${formatDuration(highest)}.`,
    labels: axis.labels,
    series,
    top: formatDuration(highest),
    table: tableOf('Run time per day', 'Day', axis.names, series, true),
  };
}

/** Null for a single day, and if nothing failed. */
export function failuresChart(figures: PeriodFigures, every: Every): Chart | null {
  if (every === 'day' || figures.total.failed === 0) return null;
  const axis = axisOf(figures, every);
  const values = figures.parts.map(({ failed }) => failed);
  const highest = Math.max(...values);
  const series: Series[] = [{ name: 'failed', tone: 'bad', values }];
  return {
    kind: 'bars',
    title: 'Failed per day',
    description: `Failed jobs per day. Highest: ${count(highest)}, ${axis.names[values.indexOf(highest)] ?? ''}.`,
    labels: axis.labels,
    series,
    top: many(highest, 'job'),
    table: tableOf('Failed per day', 'Day', axis.names, series, false),
  };
}
