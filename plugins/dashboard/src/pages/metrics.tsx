// Metrics over time: finished jobs by outcome, queue and run times, and the backlog.
/** @jsxImportSource hono/jsx */

import type { NodeInfo, QueueMetrics, TypeMetrics } from '@phraseworks/sdk';
import { chartSvg, draw } from '@phraseworks/sdk/charts';
import type { MetricsHistory } from '@phraseworks/sdk/client';
import { raw } from 'hono/html';
import type { Page } from '../layout.tsx';
import { WITHIN_TEXT } from '../list/filters.tsx';
import { type Figure, figuresOf, SIZE, share } from '../metrics/charts.ts';
import { COUNTS, RANGES, type Range, rangeOf, readHistory } from '../metrics/read.ts';
import { TypesTable } from '../metrics/types-table.tsx';
import { Facts, Head, Tabs } from '../parts.tsx';
import { countIn } from '../state.tsx';
import { capital, count, number } from '../text.ts';
import type { Visit } from '../visit.ts';

const RANGES_TEXT = { '1h': '1 hour', '6h': '6 hours', '24h': '24 hours', '7d': '7 days' };

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

export async function metricsPage(visit: Visit): Promise<Page> {
  const { query, actor } = visit;
  const range = rangeOf(query.range);
  const [history, metrics, nodes] = await Promise.all([
    readHistory(visit, range),
    visit.nodes.metrics(actor),
    visit.nodes.list(actor),
  ]);

  return {
    title: 'Metrics',
    // Longer ranges change too little to redraw them after each event.
    follows: range === '1h' ? {} : undefined,
    children: (
      <article class="metrics">
        <Head title="Metrics">{history && <Ranges visit={visit} range={range} />}</Head>
        <Now visit={visit} metrics={metrics} nodes={nodes} />
        {history ? <Charts history={history} range={range} zone={visit.zone ?? 'UTC'} /> : <Off visit={visit} />}
        {history ? (
          <section aria-labelledby="types">
            <h2 id="types">Job types</h2>
            <TypesTable visit={visit} byType={history.byType} range={range} />
          </section>
        ) : null}
      </article>
    ),
  };
}

export function Charts({ history, range, zone }: { history: MetricsHistory; range: Range; zone: string }) {
  return (
    <>
      <Sums history={history} range={range} />
      <div class="charts">
        {figuresOf(history, zone).map((figure) => (
          <Chart figure={figure} />
        ))}
      </div>
      <p class="faint">{`Times are in ${zone}.`}</p>
    </>
  );
}

export function Off({ visit: { to } }: { visit: Visit }) {
  return (
    <p class="empty">
      Charts need the plugin <code>metrics</code>, which is disabled. Enable it under{' '}
      <a href={to('/plugins')}>Plugins</a>; if it is not listed there, add <code>metrics: true</code> to the plugins of
      the configuration.
    </p>
  );
}

/** This page over another range. */
export const Ranges = ({ visit: { to, path, query }, range }: { visit: Visit; range: Range }) => (
  <Tabs
    label="Range"
    tabs={(Object.keys(RANGES) as Range[]).map((one) => ({
      text: RANGES_TEXT[one],
      href: to(path, { range: one, sort: query.sort }),
      isHere: one === range,
    }))}
  />
);

/** The states that are counted. */
const SHOWN = ['ready', 'delayed', 'processing', 'parked', 'failed', 'completed'] as const;

interface CountsProps {
  visit: Visit;
  counts: QueueMetrics | TypeMetrics | undefined;
  type?: string;
}

/** How many jobs are in each state now, each with the list of them. */
export const Counts = ({ visit: { to }, counts, type }: CountsProps) => (
  <Facts
    as="stats"
    rows={SHOWN.map((status) => [
      capital(status),
      <a href={to('/', { status, type })}>{number(countIn(counts, status))}</a>,
    ])}
  />
);

interface NowProps {
  visit: Visit;
  metrics: QueueMetrics;
  nodes: readonly NodeInfo[];
}

function Now({ visit, metrics, nodes }: NowProps) {
  const { to } = visit;
  const live = nodes.filter((node) => node.live);
  const slots = live.reduce((all, node) => all + node.slots, 0);
  // Nodes report their slots only with each heartbeat, so this count may exceed them.
  const running = Math.min(metrics.processing, slots);
  const lost = nodes.length - live.length;
  return (
    <section aria-label="Now">
      <Counts visit={visit} counts={metrics} />
      <p class="faint">
        <a href={to('/nodes')}>{`${running} of ${slots} slots busy on ${count(live.length, 'worker')}`}</a>
        {lost === 0 ? null : <span class="error">, {`${count(lost, 'worker')} offline`}</span>}
      </p>
    </section>
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
