// The tables of a report: types, times, reasons, slowest jobs, disks, and the figures of other plugins.
import { formatDuration, type JobFigures } from '@phraseworks/sdk';
import type { Zone } from '@phraseworks/sdk/zone';
import type { Disk } from '../figures/disk.ts';
import type { Compared } from '../figures/others.ts';
import { ended, type Outcome, type PeriodFigures } from '../figures/read.ts';
import { timeLabel } from '../time.ts';
import type { Cell, Column, Table } from './model.ts';
import { bytes, changedCell, changeOf, durationCell, inUnit, numberCell, percent } from './words.ts';

const right = (label: string): Column => ({ label, align: 'right' });
const left = (label: string): Column => ({ label, align: 'left' });

/** How many types a table lists; its last row sums up the rest. */
const TYPES = 20;
const OUTCOMES = [
  ['failed', 'Failed'],
  ['retried', 'Retries'],
  ['cancelled', 'Cancelled'],
] as const;

export function typesTable(now: PeriodFigures, before: PeriodFigures): Table {
  const types = [...now.byType]
    .filter(([, its]) => ended(its) + its.retried > 0)
    .sort(([, a], [, b]) => ended(b) - ended(a));
  const most = Math.max(1, ...types.map(([, counts]) => ended(counts)));
  const shown = types.slice(0, types.length > TYPES + 1 ? TYPES : types.length);
  const rest = types.slice(shown.length);
  // Leave out columns without any numbers.
  const outcomes = OUTCOMES.filter(([outcome]) => outcome === 'failed' || now.total[outcome] > 0);
  const comparable = ended(before.total) > 0;
  const rows = shown.map(([type, counts]): Cell[] => [
    { text: type, share: ended(counts) / most },
    changedCell(counts.completed, comparable ? (before.byType.get(type)?.completed ?? 0) : null, 'neither'),
    ...outcomes.map(([outcome]) => numberCell(counts[outcome])),
  ]);
  if (rest.length > 0) {
    const sum = (of: Outcome) => numberCell(rest.reduce((all, [, counts]) => all + counts[of], 0));
    rows.push([{ text: `${rest.length} other types` }, sum('completed'), ...outcomes.map(([outcome]) => sum(outcome))]);
  }
  return {
    caption: 'Jobs by type',
    columns: [left('Type'), right('Completed'), ...outcomes.map(([, label]) => right(label))],
    rows,
  };
}

export function timesTable({ byType, total }: PeriodFigures): Table | null {
  const types = [...byType]
    .filter(([, { waitP50, runP50 }]) => waitP50 !== null || runP50 !== null)
    .sort(([a], [b]) => a.localeCompare(b, 'en'))
    .slice(0, TYPES);
  if (types.length === 0) return null;
  const row = (name: string, { waitP50, waitP95, runP50, runP95 }: JobFigures): Cell[] => [
    { text: name },
    ...[waitP50, waitP95, runP50, runP95].map(durationCell),
  ];
  return {
    caption: 'Waiting and running: median and 95th percentile',
    columns: [left('Type'), right('Wait, median'), right('Wait, 95 %'), right('Run, median'), right('Run, 95 %')],
    rows: [...types.map(([type, times]) => row(type, times)), ...(types.length > 1 ? [row('all', total)] : [])],
  };
}

export function reasonsTable({ reasons }: PeriodFigures): Table | null {
  if (reasons.length === 0) return null;
  return {
    caption: 'Why jobs failed or were retried',
    columns: [left('Reason'), right('Failed'), right('Retries')],
    rows: reasons.map(({ type, reason, failed, retried }) => [
      { text: reason, note: type },
      numberCell(failed),
      numberCell(retried),
    ]),
  };
}

export function slowestTable({ slowest }: PeriodFigures, zone: Zone): Table | null {
  if (slowest.length === 0) return null;
  return {
    caption: 'The slowest jobs',
    columns: [left('Job'), left('Ended'), right('Took')],
    rows: slowest.map(({ jobId, type, about, ms, endedAt }) => [
      {
        text: about === '' ? type : about,
        value: jobId,
        note: about === '' ? `job ${jobId}` : `${type}, job ${jobId}`,
      },
      { text: timeLabel(endedAt, zone) },
      { text: formatDuration(ms), value: ms },
    ]),
  };
}

export function disksTable(disks: readonly Disk[]): Table | null {
  if (disks.length === 0) return null;
  return {
    caption: 'Disk',
    columns: [left('Folder'), right('Used'), right('Free'), right('Full')],
    rows: disks.map(({ path, used, total, before }) => {
      const full = total === 0 ? 0 : (used / total) * 100;
      return [
        { text: path === '.' ? 'working directory' : path, share: full / 100 },
        changedCell(used, before, 'neither', 'bytes'),
        numberCell(total - used, bytes(total - used)),
        numberCell(Math.round(full * 10) / 10, percent(full)),
      ];
    }),
  };
}

/** One table for all, in the order of their sections; null if there are no figures. */
export function othersTable(figures: readonly Compared[]): Table | null {
  const sections = new Map<string, Compared[]>();
  for (const figure of figures) sections.set(figure.section, [...(sections.get(figure.section) ?? []), figure]);
  if (sections.size === 0) return null;
  const rowsOf = (list: readonly Compared[]) =>
    list.map(({ label, value, before, unit, better, days }): Cell[] => [
      { text: label, ...(days !== undefined && days.length > 1 ? { spark: days } : {}) },
      // The value before has a separate column.
      { text: inUnit(value, unit), value, change: changeOf(value, before, better, unit === 'percent') },
      before === null ? { text: '-' } : numberCell(before, inUnit(before, unit)),
    ]);
  return {
    caption: 'Plugins and site: figures',
    columns: [left(''), right('Now'), right('Before')],
    rows: [...sections].flatMap(([title, list]) => [[{ text: title, heading: true as const }], ...rowsOf(list)]),
  };
}
