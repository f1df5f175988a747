// Figures over time: how many jobs ended and how, how long they waited and ran, and what waits now.
/** @jsxImportSource hono/jsx */
import type { JobState, QueueMetrics } from '@phraseworks/sdk';
import { chartSvg, draw } from '@phraseworks/sdk/charts';
import { raw } from 'hono/html';
import type { Page } from '../layout.tsx';
import { type Figure, figuresOf, sumsOf } from '../metrics/charts.ts';
import { Numbers } from '../metrics/numbers.tsx';
import { type History, type NodeEntry, RANGES, type Range, rangeOf, readHistory, readNodes } from '../metrics/read.ts';
import { readSlowTypes, TypesTable } from '../metrics/types-table.tsx';
import type { Visit } from '../visit.ts';
import type { Words } from '../words/words.ts';

const SIZE = { width: 480, height: 132 };
const LABELS = 5;

function Chart({ figure, words }: { figure: Figure; words: Words['metrics'] }) {
  const { id, title, description, top, series, places, kind } = figure;
  return (
    <figure class="chart-box">
      <figcaption>
        <b>{title}</b> <span>{top === null ? words.nothing : words.highest(top)}</span>
      </figcaption>
      {raw(chartSvg(draw(figure, SIZE), { id, title, description, places: top === null ? [] : places }))}
      <div class="times" aria-hidden="true">
        {spread(figure.labels).map((label) => (
          <span>{label}</span>
        ))}
      </div>
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

/** Five of them, evenly. */
function spread(labels: readonly string[]): string[] {
  const last = labels.length - 1;
  if (last < LABELS) return [...labels];
  return Array.from({ length: LABELS }, (_, index) => labels[Math.round((last * index) / (LABELS - 1))] ?? '');
}

const LONGEST_TYPE = 190;

export async function metricsPage(visit: Visit): Promise<Page> {
  const { api, query } = visit;
  const words = visit.words.metrics;
  const range = rangeOf(query.range);
  const type = query.type?.slice(0, LONGEST_TYPE) || undefined;
  const [history, metrics, nodes] = await Promise.all([readHistory(api, range, type), api.metrics(), readNodes(api)]);
  const slow = type === undefined ? await readSlowTypes(visit, metrics, range) : [];

  return {
    title: words.title,
    follows: followsOf(range, type),
    children: (
      <article class="metrics">
        <div class="headline">
          <h1>{words.title}</h1>
          <Choice visit={visit} range={range} type={type} types={history.types} />
        </div>
        <Now visit={visit} metrics={metrics} nodes={nodes} type={type} />
        <Sums visit={visit} history={history} range={range} />
        <div class="charts">
          {figuresOf(history, words).map((figure) => (
            <Chart figure={figure} words={words} />
          ))}
        </div>
        <p class="faint">{words.utc}</p>
        <Numbers history={history} words={words} />
        {type === undefined ? (
          <section aria-labelledby="slow">
            <h2 id="slow">{words.slow}</h2>
            <TypesTable visit={visit} rows={slow} range={range} />
          </section>
        ) : null}
      </article>
    ),
  };
}

/** Longer ranges change too little to be drawn anew with each event. */
function followsOf(range: Range, type: string | undefined): Page['follows'] {
  if (range !== '1h') return undefined;
  return type === undefined ? {} : { types: [type] };
}

interface ChoiceProps {
  visit: Visit;
  range: Range;
  type: string | undefined;
  types: readonly string[];
}

function Choice({ visit: { to, words }, range, type, types }: ChoiceProps) {
  const all = [...new Set([...types, ...(type === undefined ? [] : [type])])].sort();
  return (
    <div class="choice">
      <nav aria-label={words.metrics.range}>
        <ul class="tabs">
          {(Object.keys(RANGES) as Range[]).map((one) => (
            <li>
              <a href={to('/figures', { range: one, type })} aria-current={one === range ? 'page' : undefined}>
                {words.metrics.ranges[one]}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <form method="get" action={to('/figures')}>
        <input type="hidden" name="range" value={range} />
        <select name="type" aria-label={words.metrics.type}>
          <option value="">{words.metrics.allTypes}</option>
          {all.map((one) => (
            <option value={one} selected={one === type}>
              {one}
            </option>
          ))}
        </select>
        <button type="submit">{words.metrics.show}</button>
      </form>
    </div>
  );
}

const SHOWN: readonly JobState[] = ['pending', 'processing', 'parked', 'failed', 'completed'];

interface NowProps {
  visit: Visit;
  metrics: QueueMetrics;
  nodes: readonly NodeEntry[];
  type: string | undefined;
}

function Now({ visit, metrics, nodes, type }: NowProps) {
  const { to } = visit;
  const words = visit.words.metrics;
  const counts = type === undefined ? metrics : metrics.types[type];
  const live = nodes.filter((node) => node.live);
  const slots = live.reduce((all, node) => all + node.slots, 0);
  // What nodes say of themselves is as old as their heartbeat.
  const running = Math.min(metrics.processing, slots);
  const lost = nodes.length - live.length;
  return (
    <section aria-label={words.now}>
      <dl class="stats">
        {SHOWN.map((state) => (
          <div>
            <dt>{words.states[state]}</dt>
            <dd>
              <a href={to('/', { status: state, type })}>{words.number(counts?.[state] ?? 0)}</a>
            </dd>
          </div>
        ))}
      </dl>
      <p class="faint">
        <a href={to('/nodes')}>{words.nodes(live.length, running, slots)}</a>
        {lost === 0 ? null : <span class="error">, {words.lost(lost)}</span>}
        {metrics.stuck === 0 ? null : <span class="error">, {words.stuck(metrics.stuck)}</span>}
      </p>
    </section>
  );
}

const ALWAYS: readonly string[] = ['added', 'completed', 'failed'];

function Sums({ visit, history, range }: { visit: Visit; history: History; range: Range }) {
  const words = visit.words.metrics;
  const sums = sumsOf(history.points);
  const over = sums.completed + sums.failed;
  const parts = (Object.keys(sums) as (keyof typeof sums)[])
    .filter((name) => ALWAYS.includes(name) || sums[name] > 0)
    .map((name) => `${words.number(sums[name])} ${words.sums[name]}`);
  if (over > 0) parts.push(`${words.share(sums.completed, over)} ${words.succeeded}`);
  return (
    <p class="sums">
      {words.last[range]}: {parts.join(', ')}
    </p>
  );
}
