// Metrics: what there is now, and figures over a range.
/** @jsxImportSource hono/jsx */

import type { QueueMetrics, TypeMetrics } from '@phraseworks/sdk';
import type { Page } from '../layout.tsx';
import { Figures, Ranges } from '../metrics/figures.tsx';
import { rangeOf, readHistory } from '../metrics/read.ts';
import { Facts, Head } from '../parts.tsx';
import { countIn } from '../state.tsx';
import { capital, count, number } from '../text.ts';
import type { Visit } from '../visit.ts';

export async function metricsPage(visit: Visit): Promise<Page> {
  const { query, actor, to } = visit;
  const range = rangeOf(query.range);
  const [history, metrics, nodes] = await Promise.all([
    readHistory(visit, range),
    visit.nodes.metrics(actor),
    visit.nodes.list(actor),
  ]);
  const live = nodes.filter((node) => node.live);
  const slots = live.reduce((all, node) => all + node.slots, 0);
  // Nodes report their slots only with each heartbeat, so this count may exceed them.
  const running = Math.min(metrics.processing, slots);
  const lost = nodes.length - live.length;

  return {
    title: 'Metrics',
    // Longer ranges change too little to redraw them after each event.
    follows: range === '1h' ? {} : undefined,
    children: (
      <article>
        <Head title="Metrics">{history && <Ranges visit={visit} range={range} />}</Head>
        <section aria-label="Now">
          <Counts visit={visit} counts={metrics} />
          <p class="faint">
            <a href={to('/nodes')}>{`${running} of ${slots} slots busy on ${count(live.length, 'worker')}`}</a>
            {lost === 0 ? null : <span class="error">, {`${count(lost, 'worker')} offline`}</span>}
          </p>
        </section>
        <Figures visit={visit} history={history} range={range} />
      </article>
    ),
  };
}

/** The states that are counted. */
const SHOWN = ['ready', 'delayed', 'blocked', 'processing', 'parked', 'failed', 'completed'] as const;

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
