// The standard report: what happened in the period, compared with the one before.
import { formatDuration } from '@phraseworks/sdk';
import type { Zone } from '@phraseworks/sdk/zone';
import { merge, quantile } from '../collect/histogram.ts';
import type { Disk } from '../figures/disk.ts';
import type { Compared } from '../figures/others.ts';
import { ended, type PeriodFigures } from '../figures/read.ts';
import { clockLabel, dayLabel, type Period } from '../time.ts';
import { failuresChart, resultsChart, timesChart } from './charts.ts';
import type { Change, Report, Section, Tile } from './model.ts';
import { disksTable, othersTable, reasonsTable, slowestTable, timesTable, typesTable } from './tables.ts';
import { changeOf, count, many, percent } from './words.ts';

export interface Facts {
  period: Period;
  now: PeriodFigures;
  before: PeriodFigures;
  others: Compared[];
  disks: Disk[];
  /** Since when figures are kept; milliseconds since 1970. */
  since: number;
}

export interface Frame {
  site: string;
  title: string;
  zone: Zone;
  /** Milliseconds since 1970. */
  madeAt: number;
}

/** The share of jobs that completed rather than failed, in percent; null if there are none. */
const success = ({ total }: PeriodFigures): number | null =>
  total.completed + total.failed === 0 ? null : (total.completed / (total.completed + total.failed)) * 100;

const slowRun = ({ timesByDay }: PeriodFigures): number | null =>
  quantile(merge(timesByDay.map(({ run }) => run)), 0.95);

function tiles({ now, before }: Facts): Tile[] {
  const known = ended(before.total) > 0;
  const than = (value: number | null): number | null => (known ? value : null);
  const rate = success(now);
  const run = slowRun(now);
  return [
    {
      label: 'completed',
      value: count(now.total.completed),
      change: changeOf(now.total.completed, than(before.total.completed), 'neither'),
      spark: now.byDay.map(({ completed }) => completed),
    },
    {
      label: 'failed',
      value: count(now.total.failed),
      change: changeOf(now.total.failed, than(before.total.failed), 'less'),
      spark: now.byDay.map(({ failed }) => failed),
    },
    ...(rate === null
      ? []
      : [{ label: 'success rate', value: percent(rate), change: changeOf(rate, than(success(before)), 'more', true) }]),
    ...(run === null
      ? []
      : [
          {
            label: 'run time, p95',
            value: formatDuration(run),
            change: changeOf(run, than(slowRun(before)), 'less'),
          },
        ]),
  ];
}

const THE_ONE_BEFORE = { day: 'the day before', week: 'the week before', month: 'the month before' } as const;

function comparedWith(change: Change, than: string): string {
  const { text, direction } = change;
  if (text === 'new') return '';
  if (direction === 'same') return `, as many as ${than}`;
  if (text === 'from none') return `, after none ${than}`;
  if (text.endsWith('times')) return `, ${text} as many as ${than}`;
  return `, ${text} ${direction === 'up' ? 'more' : 'fewer'} than ${than}`;
}

function headline({ period, now, before }: Facts): string {
  const { completed, failed } = now.total;
  const first = `${many(completed, 'job')} completed`;
  const change = changeOf(completed, ended(before.total) > 0 ? before.total.completed : null, 'neither');
  const compared = comparedWith(change, THE_ONE_BEFORE[period.every]);
  if (failed === 0) return `${first}${compared}. None failed.`;
  const [top] = now.reasons;
  const why =
    top && top.failed > 0 ? `, ${top.failed === failed ? 'all' : count(top.failed)} of them with "${top.reason}"` : '';
  return `${first}${compared}. ${count(failed)} failed${why}.`;
}

function noteOf({ period, now, since }: Facts, zone: Zone, empty: boolean): string | null {
  const first = zone.dayOf(since);
  const begun = first > (period.days[0] ?? '');
  const begins = `Figures are kept since ${dayLabel(first)}.`;
  const soFar = period.current ? 'This period is not over yet. ' : '';
  if (empty)
    return `${soFar}No job finished in this period, so there is nothing to compare.${begun ? ` ${begins}` : ''}`;
  if (begun) return `${soFar}${begins} Earlier data is missing.`;
  if (!period.current) return null;
  return `This period is not over yet. It is compared with ${many(now.days.length, 'day')} of the one before.`;
}

export function standardSections({ period, now, before, others, disks }: Facts, zone: Zone): Section[] {
  const sections: Section[] = [];
  if (now.byType.size > 0) {
    sections.push({ title: 'Jobs', charts: [resultsChart(now, period.every)], table: typesTable(now, before) });
  }
  const reasons = reasonsTable(now);
  const failures = failuresChart(now, period.every);
  if (reasons)
    sections.push({ title: 'Failures and retries', ...(failures ? { charts: [failures] } : {}), table: reasons });
  const times = timesTable(now);
  const timesPicture = timesChart(now, period.every);
  if (times) {
    sections.push({
      title: 'Waiting and running',
      note: 'Waiting: from when a job was ready to its first attempt. Running: one attempt.',
      ...(timesPicture ? { charts: [timesPicture] } : {}),
      table: times,
    });
  }
  const slowest = slowestTable(now, zone);
  if (slowest) sections.push({ title: 'Slowest jobs', table: slowest });
  const told = othersTable(others);
  if (told) sections.push({ title: 'Plugins and site', table: told });
  const disk = disksTable(disks);
  if (disk) sections.push({ title: 'Disk', table: disk });
  return sections;
}

/** Puts a report together. `sections` may differ from the standard ones. */
export function compose(facts: Facts, frame: Frame, sections: Section[]): Report {
  const { zone, madeAt } = frame;
  const empty = facts.now.byType.size === 0;
  return {
    site: frame.site,
    title: frame.title,
    label: facts.period.label,
    beforeLabel: facts.period.before.label,
    headline: empty ? `Nothing happened: ${facts.period.label} had no jobs.` : headline(facts),
    note: noteOf(facts, zone, empty),
    tiles: empty ? [] : tiles(facts),
    sections,
    footer: `Made on ${dayLabel(zone.dayOf(madeAt))}, ${clockLabel(madeAt, zone)} (${zone.name}).`,
    empty,
  };
}
