// The charts of the page of figures: what they show, and the same in words. Pure.
import type { ChartData, Series } from '@phraseworks/sdk/charts';
import { msOf } from '../relative.ts';
import type { Words } from '../words/words.ts';
import type { History, Point } from './read.ts';

export interface Figure extends ChartData {
  /** Of its own within the page. */
  id: string;
  title: string;
  /** One sentence for people who cannot see it. */
  description: string;
  /** How the highest value reads; null: there is nothing to see. */
  top: string | null;
  /** What a pointer shows at each place. */
  places: string[];
}

type MetricsWords = Words['metrics'];

const DAY = 86_400_000;

/** `09:30`; `25 Nov, 09:30` where the range is longer than a day. */
export function timeLabel(at: string, { points, step }: Pick<History, 'points' | 'step'>): string {
  const time = at.slice(11, 16);
  if (points.length * step <= DAY) return time;
  return `${DAY_NAMES.format(msOf(at))}, ${time}`;
}

const DAY_NAMES = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });

export function figuresOf(history: History, words: MetricsWords): Figure[] {
  const { points, step } = history;
  const { charts } = words;
  const per = words.per(step);
  const labels = points.map(({ at }) => timeLabel(at, history));
  const shown = (series: Series[]): Series[] =>
    series.filter(({ values }, index) => index === 0 || values.some((value) => value !== null && value > 0));

  const make = (
    id: string,
    kind: ChartData['kind'],
    title: string,
    all: Series[],
    say: (value: number) => string,
    told: (top: string, when: string) => string,
  ): Figure => {
    const series = shown(all);
    const heights = labels.map((_, index) => heightAt(series, index, kind));
    const highest = Math.max(0, ...heights);
    const when = labels[heights.indexOf(highest)] ?? '';
    return {
      ...{ id, kind, title, labels, series },
      top: highest === 0 ? null : say(highest),
      description: highest === 0 ? charts.empty : told(say(highest), when),
      places: labels.map((label, index) => placeText(label, series, index, say, words)),
    };
  };
  const of = (name: string, tone: Series['tone'], field: keyof Omit<Point, 'at'>): Series => ({
    name,
    tone,
    values: points.map((point) => point[field]),
  });
  const time = (id: string, title: string, p50: 'waitP50' | 'runP50', p95: 'waitP95' | 'runP95', told: TellTime) =>
    make(id, 'line', title, [of(charts.p95, 'main', p95), of(charts.p50, 'other', p50)], words.duration, told);
  const { sums } = words;

  return [
    make(
      'results',
      'stacked',
      charts.results(per),
      [
        of(sums.completed, 'main', 'completed'),
        of(sums.failed, 'bad', 'failed'),
        of(sums.cancelled, 'quiet', 'cancelled'),
      ],
      words.jobs,
      (top, when) => charts.resultsTold(per, top, when),
    ),
    make(
      'troubles',
      'stacked',
      charts.troubles(per),
      [of(sums.failed, 'bad', 'failed'), of(sums.retried, 'quiet', 'retried')],
      words.number,
      (top, when) => charts.troublesTold(per, top, when),
    ),
    time('wait', charts.wait, 'waitP50', 'waitP95', charts.waitTold),
    time('run', charts.run, 'runP50', 'runP95', charts.runTold),
    make('depth', 'line', charts.depth, [of(charts.pending, 'main', 'pending')], words.jobs, charts.depthTold),
  ];
}

type TellTime = (top: string, when: string) => string;

function heightAt(series: readonly Series[], index: number, kind: ChartData['kind']): number {
  const values = series.map(({ values: list }) => list[index] ?? 0);
  return kind === 'stacked' ? values.reduce((sum, value) => sum + value, 0) : Math.max(0, ...values);
}

function placeText(
  label: string,
  series: readonly Series[],
  index: number,
  say: (value: number) => string,
  words: MetricsWords,
): string {
  const parts = series.flatMap(({ name, values }) => {
    const value = values[index] ?? null;
    return value === null || value === 0 ? [] : [`${name} ${say === words.jobs ? words.number(value) : say(value)}`];
  });
  return parts.length === 0 ? label : `${label}: ${parts.join(', ')}`;
}

/** The sums of a range. */
export function sumsOf(
  points: readonly Point[],
): Record<'added' | 'completed' | 'failed' | 'cancelled' | 'retried', number> {
  const sums = { added: 0, completed: 0, failed: 0, cancelled: 0, retried: 0 };
  for (const point of points) {
    for (const name of Object.keys(sums) as (keyof typeof sums)[]) sums[name] += point[name];
  }
  return sums;
}

/** The median of the medians, and the worst time within which 95 of 100 ended; null where nothing was measured. */
export function runTimesOf(points: readonly Point[]): { typical: number | null; worst: number | null } {
  const medians = points.flatMap(({ runP50 }) => runP50 ?? []).sort((a, b) => a - b);
  const tops = points.flatMap(({ runP95 }) => runP95 ?? []);
  return {
    typical: medians[Math.floor((medians.length - 1) / 2)] ?? null,
    worst: tops.length === 0 ? null : Math.max(...tops),
  };
}
