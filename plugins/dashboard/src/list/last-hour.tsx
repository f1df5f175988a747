// The last hour above the list, a bar per minute: a link for each five minutes shows the jobs that ended then, and a pointer can draw over several.
/** @jsxImportSource hono/jsx */

import { type ChartData, draw, shapesSvg } from '@phraseworks/sdk/charts';
import type { MetricsHistory, MetricsPoint } from '@phraseworks/sdk/client';
import { raw } from 'hono/html';
import { isOver, stateIn } from '../state.tsx';
import { number } from '../text.ts';
import { msOf } from '../time.tsx';
import { clockTime, type OnList } from './filters.tsx';

const PART = 300_000;
const SIZE = { width: 960, height: 48 };

interface HourProps extends OnList {
  /** Undefined: there are no figures. */
  history: MetricsHistory | undefined;
}

/** And the switch of follow mode, which needs the script. */
export const LastHour = ({ visit, list, history }: HourProps) => (
  <section class="last-hour" aria-label="Jobs that ended in the last hour" data-brush>
    <p class="faint">
      {history ? `Last hour${list.type === undefined ? '' : `, ${list.type}`}: ${endsText(history.total)}` : null}
      <button type="button" id="follow" class="small scripted" aria-pressed="false" data-keep>
        Follow
      </button>
    </p>
    {history ? (
      <svg viewBox={`0 0 ${SIZE.width} ${SIZE.height}`} preserveAspectRatio="none">
        <title>Jobs that ended per minute</title>
        {raw(shapesSvg(draw(chartOf(history.points), SIZE)))}
        {partsOf(history.points).map((part) => (
          <Part visit={visit} list={list} part={part} minute={SIZE.width / history.points.length} />
        ))}
      </svg>
    ) : null}
  </section>
);

const chartOf = (points: readonly MetricsPoint[]): ChartData => ({
  kind: 'stacked',
  labels: points.map(({ at }) => at),
  series: [
    { name: 'completed', tone: 'main', values: points.map(({ completed }) => completed) },
    { name: 'failed', tone: 'bad', values: points.map(({ failed }) => failed) },
  ],
});

const endsText = ({ completed, failed }: Pick<MetricsPoint, 'completed' | 'failed'>): string =>
  `${number(completed)} completed, ${number(failed)} failed`;

interface PartOfHour extends Pick<MetricsPoint, 'completed' | 'failed'> {
  /** Of the five minutes, which may have begun before the hour. */
  from: number;
  /** Its points: the first, and how many. */
  first: number;
  length: number;
}

function partsOf(points: readonly MetricsPoint[]): PartOfHour[] {
  const parts = new Map<number, PartOfHour>();
  for (const [first, { at, completed, failed }] of points.entries()) {
    const from = msOf(at) - (msOf(at) % PART);
    const part = parts.get(from) ?? { from, first, length: 0, completed: 0, failed: 0 };
    part.length += 1;
    part.completed += completed;
    part.failed += failed;
    parts.set(from, part);
  }
  return [...parts.values()];
}

interface PartProps extends OnList {
  part: PartOfHour;
  /** Its width in the picture. */
  minute: number;
}

function Part({ visit, list, part, minute }: PartProps) {
  const { zone } = visit;
  const from = clockTime(visit, part.from, zone);
  const to = clockTime(visit, part.from + PART, zone);
  const status = list.status !== undefined && isOver(stateIn(list.status)) ? list.status : undefined;
  const chosen = { ...list, status, by: 'ended', within: undefined, from, to, zone, sort: undefined };
  const isShown = (list.zone ?? 'UTC') === (zone ?? 'UTC') && (list.from ?? '') <= from && to <= (list.to ?? '');
  const text = `${from.slice(11)} to ${to.slice(11)}: ${endsText(part)}`;
  return (
    <a href={visit.to('/', chosen)} aria-label={text} aria-current={isShown ? 'true' : undefined} data-key={from}>
      <title>{text}</title>
      <rect x={part.first * minute} width={part.length * minute} height={SIZE.height} fill="transparent" />
    </a>
  );
}
