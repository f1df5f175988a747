// The charts of the page of figures: what they show, and the same in words. Pure.

import { formatDuration } from '@phraseworks/sdk';
import {
  type ChartData,
  depthOf,
  heightsOf,
  type Scale,
  type ScaleUnit,
  type Series,
  scaleOf,
} from '@phraseworks/sdk/charts';
import type { MetricsHistory, MetricsPoint } from '@phraseworks/sdk/client';
import { createZone } from '@phraseworks/sdk/zone';
import { count, number } from '../text.ts';
import { inZone, markText, msOf } from '../time.tsx';
import { isBusy } from './read.ts';

interface Words {
  /** A value in a sentence, on the axis, and beside the name of its series. */
  say: (value: number) => string;
  mark: (value: number) => string;
  value: (value: number) => string;
  none: string;
}

const WORDS: Record<ScaleUnit, Words> = {
  count: { say: (n) => count(n, 'job'), mark: number, value: number, none: 'None in this period' },
  milliseconds: { say: formatDuration, mark: markText, value: formatDuration, none: '0 ms in this period' },
};

/** A label of an axis: its place as a share of the axis, from the left or from above. */
interface Mark {
  at: number;
  text: string;
}

export interface Figure extends ChartData {
  /** Of its own within the page. */
  id: string;
  title: string;
  /** One sentence for people who cannot see it. */
  description: string;
  /** How the highest value reads; null: there is nothing to see. */
  top: string | null;
  scale: Scale;
  /** Round numbers, zero included. */
  axis: Mark[];
  /** Whole minutes, hours or days. */
  times: Mark[];
  /** What a pointer shows at each place. */
  places: string[];
}

export const SIZE = { width: 480, height: 132 };

const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000];
const TIMES = [...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE), ...[1, 2, 3, 6, 12, 24, 48].map((n) => n * HOUR)];
const MOST_TIMES = 7;
/** A label further to the right would leave the picture. */
const LAST_TIME = 0.95;

/** The whole minutes, hours or days of the zone that a time axis names. */
export function timesOf({ points, step }: Pick<MetricsHistory, 'points' | 'step'>, zone: string): Mark[] {
  const length = points.length * step;
  const every = TIMES.find((time) => length / time <= MOST_TIMES) ?? 7 * DAY;
  const { offset } = createZone(zone);
  return points.flatMap(({ at }, index) => {
    const local = msOf(at) + offset(msOf(at));
    const share = index / points.length;
    // The clocks may have changed between two points, so a time counts from the first point after it.
    if (local % every >= step || share > LAST_TIME) return [];
    const text = timeLabel(at, zone, { points, step });
    return [{ at: share, text: every >= DAY ? text.replace(/,.*/, '') : text.slice(-5) }];
  });
}

/** `09:30`; `25 Nov, 09:30` where the range is longer than a day. */
export function timeLabel(at: string, zone: string, { points, step }: Pick<MetricsHistory, 'points' | 'step'>): string {
  const text = inZone(at, zone);
  return points.length * step <= DAY ? text.slice(-5) : text.replace(/^\w+,? /, '');
}

export function figuresOf(history: MetricsHistory, zone: string): Figure[] {
  const { points, step } = history;
  const per = `per ${step === 60_000 ? 'minute' : step === 3_600_000 ? 'hour' : formatDuration(step)}`;
  const labels = points.map(({ at }) => timeLabel(at, zone, history));
  const places = points.map(({ at }, index) =>
    zone === 'UTC' ? labels[index] : `${labels[index]} (${timeLabel(at, 'UTC', history)} UTC)`,
  );
  const times = timesOf(history, zone);
  const isEmpty = !points.some(isBusy);
  const shown = (series: Series[]): Series[] =>
    series.filter(({ values }, index) => index === 0 || values.some((value) => value !== null && value > 0));

  const make = (
    id: string,
    kind: ChartData['kind'],
    title: string,
    all: Series[],
    unit: ScaleUnit,
    told: string,
  ): Figure => {
    const { say, mark, value, none } = WORDS[unit];
    const series = shown(all);
    const heights = heightsOf({ kind, labels, series });
    const scale = scaleOf({ kind, labels, series }, unit);
    const highest = Math.max(0, ...heights);
    const isKnown = unit === 'count' ? !isEmpty : series.some(({ values }) => values.some((one) => one !== null));
    const when = labels[heights.indexOf(highest)] ?? '';
    return {
      id,
      kind,
      title,
      labels,
      series,
      scale,
      times,
      top: highest === 0 ? null : say(highest),
      axis: highest === 0 ? [] : [0, ...scale.marks].map((n) => ({ at: depthOf(n, scale, SIZE), text: mark(n) })),
      description: highest > 0 ? `${told}: ${say(highest)}, ${when}.` : isKnown ? none : 'No data for this period',
      places: places.map((label = '', index) => placeText(label, series, index, value)),
    };
  };
  const of = (name: string, tone: Series['tone'], field: keyof Omit<MetricsPoint, 'at'>): Series => ({
    name,
    tone,
    values: points.map((point) => point[field]),
  });
  const time = (id: 'wait' | 'run', title: string, told: string) => {
    const series = [of('p95', 'main', `${id}P95`), of('median', 'other', `${id}P50`)];
    return make(id, 'line', title, series, 'milliseconds', told);
  };

  return [
    make(
      'results',
      'stacked',
      `Jobs ${per}, by result`,
      [of('completed', 'main', 'completed'), of('failed', 'bad', 'failed'), of('cancelled', 'quiet', 'cancelled')],
      'count',
      `Finished jobs ${per}. Highest`,
    ),
    time('wait', 'Queue time', 'Time in the queue before an attempt. Longest'),
    time('run', 'Run time', 'Run time of attempts. Longest'),
    make(
      'depth',
      'line',
      'Backlog',
      [of('waiting', 'main', 'pending')],
      'count',
      'Waiting, blocked and parked jobs. Highest',
    ),
  ];
}

function placeText(label: string, series: readonly Series[], index: number, text: Words['value']): string {
  const parts = series.flatMap(({ name, values }) => {
    const value = values[index] ?? 0;
    return value === 0 ? [] : [`${name} ${text(value)}`];
  });
  return parts.length === 0 ? label : `${label}: ${parts.join(', ')}`;
}

/** One failure is never rounded away. */
export const share = (part: number, of: number): string =>
  of === 0 ? '-' : `${number(Math.floor((1_000 * part) / of) / 10)} %`;
