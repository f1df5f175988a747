// The standard report: what happened in the period, compared with the one before.
import { formatDuration } from '@phraseworks/sdk';
import type { Zone } from '@phraseworks/sdk/zone';
import type { Disk } from '../figures/disk.ts';
import type { Compared } from '../figures/others.ts';
import { type ComparedFigures, ended, type PeriodFigures } from '../figures/read.ts';
import { clockLabel, dayLabel, type Period } from '../time.ts';
import { failuresChart, resultsChart, timesChart } from './charts.ts';
import type { Change, Report, Section, Tile } from './model.ts';
import { disksTable, othersTable, reasonsTable, slowestTable, timesTable, typesTable } from './tables.ts';
import { changeOf, count, many, percent } from './words.ts';

export interface Facts {
  period: Period;
  /** Null: the plugin metrics is off. */
  figures: ComparedFigures | null;
  others: Compared[];
  disks: Disk[];
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

function tiles({ now, before }: ComparedFigures): Tile[] {
  const days = now.days.length > 1 ? now.parts : [];
  const known = ended(before.total) > 0;
  const than = (value: number | null): number | null => (known ? value : null);
  const rate = success(now);
  const run = now.total.runP95;
  return [
    {
      label: 'completed',
      value: count(now.total.completed),
      change: changeOf(now.total.completed, than(before.total.completed), 'neither'),
      spark: days.map(({ completed }) => completed),
    },
    {
      label: 'failed',
      value: count(now.total.failed),
      change: changeOf(now.total.failed, than(before.total.failed), 'less'),
      spark: days.map(({ failed }) => failed),
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
            change: changeOf(run, than(before.total.runP95), 'less'),
          },
        ]),
  ];
}

const METRICS_OFF =
  'Figures of jobs come from the plugin metrics, which is off: enable it. They are counted from then on.';

const THE_ONE_BEFORE = { day: 'the day before', week: 'the week before', month: 'the month before' } as const;

function comparedWith(change: Change, than: string): string {
  const { text, direction } = change;
  if (text === 'new') return '';
  if (direction === 'same') return `, as many as ${than}`;
  if (text === 'from none') return `, after none ${than}`;
  if (text.endsWith('times')) return `, ${text} as many as ${than}`;
  return `, ${text} ${direction === 'up' ? 'more' : 'fewer'} than ${than}`;
}

function headline(period: Period, { now, before }: ComparedFigures): string {
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

function noteOf(period: Period, { now, since }: ComparedFigures, zone: Zone, empty: boolean): string | null {
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

export function standardSections({ period, figures, others, disks }: Facts, zone: Zone): Section[] {
  const sections = figures === null ? [] : jobSections(period, figures, zone);
  const told = othersTable(others);
  if (told) sections.push({ title: 'Plugins and site', table: told });
  const disk = disksTable(disks);
  if (disk) sections.push({ title: 'Disk', table: disk });
  return sections;
}

function jobSections(period: Period, { now, before }: ComparedFigures, zone: Zone): Section[] {
  const sections: Section[] = [];
  if (!isEmpty(now))
    sections.push({ title: 'Jobs', charts: [resultsChart(now, period.every)], table: typesTable(now, before) });
  const reasons = reasonsTable(now);
  const failures = failuresChart(now, period.every);
  if (reasons)
    sections.push({ title: 'Failures and retries', ...(failures ? { charts: [failures] } : {}), table: reasons });
  const times = timesTable(now);
  const timesPicture = timesChart(now, period.every);
  if (times) {
    sections.push({
      title: 'Waiting and running',
      note: 'Waiting: from when a job was ready to its attempt. Running: one attempt.',
      ...(timesPicture ? { charts: [timesPicture] } : {}),
      table: times,
    });
  }
  const slowest = slowestTable(now, zone);
  if (slowest) sections.push({ title: 'Slowest jobs', table: slowest });
  return sections;
}

const isEmpty = ({ total }: PeriodFigures): boolean => ended(total) + total.retried === 0;

/** Puts a report together. `sections` may differ from the standard ones. */
export function compose(facts: Facts, frame: Frame, sections: Section[]): Report {
  const { zone, madeAt } = frame;
  const { period, figures } = facts;
  const empty = figures !== null && isEmpty(figures.now);
  return {
    site: frame.site,
    title: frame.title,
    label: period.label,
    beforeLabel: period.before.label,
    headline:
      figures === null
        ? 'This report has no figures of jobs.'
        : empty
          ? `Nothing happened: ${period.label} had no jobs.`
          : headline(period, figures),
    note: figures === null ? METRICS_OFF : noteOf(period, figures, zone, empty),
    tiles: figures === null || empty ? [] : tiles(figures),
    sections,
    footer: `Made on ${dayLabel(zone.dayOf(madeAt))}, ${clockLabel(madeAt, zone)} (${zone.name}).`,
    empty,
  };
}
