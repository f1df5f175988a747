// Figures over a range: sums, durations, charts, and a table of types. For the page of metrics, of a type and of a plugin.
/** @jsxImportSource hono/jsx */

import { formatDuration } from '@phraseworks/sdk';
import { chartSvg, draw } from '@phraseworks/sdk/charts';
import type { MetricsHistory } from '@phraseworks/sdk/client';
import { raw } from 'hono/html';
import { WITHIN_TEXT } from '../list/filters.tsx';
import { Facts, Tabs } from '../parts.tsx';
import { capital, number } from '../text.ts';
import type { Visit } from '../visit.ts';
import { type Figure, figuresOf, SIZE, share } from './charts.ts';
import { COUNTS, RANGES, type Range } from './read.ts';
import { TypesTable } from './types-table.tsx';

const RANGES_TEXT = { '1h': '1 hour', '6h': '6 hours', '24h': '24 hours', '7d': '7 days' };

/** This page over another range. */
export const Ranges = ({ visit: { at }, range }: { visit: Visit; range: Range }) => (
  <Tabs
    label="Range"
    tabs={(Object.keys(RANGES) as Range[]).map((one) => ({
      text: RANGES_TEXT[one],
      href: at({ range: one }),
      isHere: one === range,
    }))}
  />
);

interface FiguresProps {
  visit: Visit;
  range: Range;
  /** Undefined while the plugin metrics is off. */
  history: MetricsHistory | undefined;
  /** They are of one type, which needs no table. */
  isOfOne?: boolean;
}

export function Figures({ visit, range, history, isOfOne = false }: FiguresProps) {
  if (!history) return <Off visit={visit} />;
  const zone = visit.zone ?? 'UTC';
  return (
    <>
      <Sums history={history} range={range} />
      <div class="charts">
        {figuresOf(history, zone).map((figure) => (
          <Chart figure={figure} />
        ))}
      </div>
      <p class="faint">{`Times are in ${zone}.`}</p>
      <Durations total={history.total} />
      {isOfOne ? null : (
        <section aria-labelledby="types">
          <h2 id="types">Job types</h2>
          <TypesTable visit={visit} byType={history.byType} range={range} />
        </section>
      )}
    </>
  );
}

function Off({ visit: { to } }: { visit: Visit }) {
  return (
    <p class="empty">
      Charts need the plugin <code>metrics</code>, which is disabled. Enable it under{' '}
      <a href={to('/plugins')}>Plugins</a>; if it is not listed there, add <code>metrics: true</code> to the plugins of
      the configuration.
    </p>
  );
}

const ALWAYS: readonly string[] = ['added', 'completed', 'failed'];

function Sums({ history, range }: { history: MetricsHistory; range: Range }) {
  const { total } = history;
  const over = total.completed + total.failed;
  const parts = COUNTS.filter((name) => ALWAYS.includes(name) || total[name] > 0).map(
    (name) => `${number(total[name])} ${name}`,
  );
  if (over > 0) parts.push(`${share(total.completed, over)} succeeded`);
  return (
    <p class="sums">
      {capital(WITHIN_TEXT[range])}: {parts.join(', ')}
    </p>
  );
}

/** How long attempts waited and ran. */
function Durations({ total }: { total: MetricsHistory['total'] }) {
  if (total.runP50 === null) return null;
  const text = (...shares: (number | null)[]): string => {
    const [median, p95, p99] = shares.map((ms) => formatDuration(ms ?? 0));
    return `median ${median}, p95 ${p95}, p99 ${p99}`;
  };
  return (
    <>
      <Facts
        rows={[
          ['Wait', text(total.waitP50, total.waitP95, total.waitP99)],
          ['Run', text(total.runP50, total.runP95, total.runP99)],
        ]}
      />
      <p class="faint">
        Estimates: attempts, retries too, are counted in steps of length (1, 1.5, 2, 3, 5, 7, 10 s and so on).
      </p>
    </>
  );
}

function Chart({ figure }: { figure: Figure }) {
  const { id, title, description, top, axis, times, scale, series, places, kind } = figure;
  return (
    <figure class="chart-box">
      <figcaption>
        <b>{title}</b>{' '}
        <output data-value>{top === null ? description : `highest: ${top}${scale.isCut ? ', cut off' : ''}`}</output>
      </figcaption>
      <section
        class="plot"
        tabindex={top === null ? undefined : 0}
        aria-label={`${title}: the arrow keys show each value`}
        data-chart
      >
        <svg class="axis" aria-hidden="true">
          {axis.map(({ at, text }) => (
            <text x="100%" y={percent(at)}>
              {text}
            </text>
          ))}
        </svg>
        {raw(chartSvg(draw(figure, SIZE, scale), { id, title, description, places: top === null ? [] : places }))}
        <svg class="times" aria-hidden="true">
          {times.map(({ at, text }) => (
            <text x={percent(at)} y="100%">
              {text}
            </text>
          ))}
        </svg>
      </section>
      {series.length < 2 ? null : (
        <p class="legend">
          {series.map(({ name, tone }) => (
            <span class={`${kind === 'line' ? 'l' : 'k'}-${tone}`}>{name}</span>
          ))}
        </p>
      )}
    </figure>
  );
}

const percent = (share: number): string => `${(100 * share).toFixed(2)}%`;
