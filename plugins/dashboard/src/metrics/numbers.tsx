// The numbers behind the charts as one table, without the times at which nothing happened.
/** @jsxImportSource hono/jsx */

import { formatDuration } from '@phraseworks/sdk';
import type { MetricsHistory, MetricsPoint } from '@phraseworks/sdk/client';
import { number } from '../text.ts';
import { exact } from '../time.tsx';
import { timeLabel } from './charts.ts';
import { COUNTS } from './read.ts';

const COLUMN_NAMES = {
  waitP50: 'queue time, median',
  waitP95: 'queue time, p95',
  runP50: 'run, median',
  runP95: 'run, p95',
  pending: 'waiting',
};

const TIMES = ['waitP50', 'waitP95', 'runP50', 'runP95'] as const;

const isBusy = (point: MetricsPoint): boolean => point.pending > 0 || COUNTS.some((name) => point[name] > 0);

export function Numbers({ history, zone }: { history: MetricsHistory; zone: string }) {
  const rows = history.points.filter(isBusy).reverse();
  if (rows.length === 0) return null;
  return (
    <details class="numbers">
      <summary>Data table</summary>
      <p class="faint">Empty intervals are hidden.</p>
      <section class="scroll" tabindex={0} aria-label="Data table">
        <table>
          <thead>
            <tr>
              <th scope="col">Time</th>
              {COUNTS.map((name) => (
                <th scope="col" class="number">
                  {name}
                </th>
              ))}
              {[...TIMES, 'pending' as const].map((name) => (
                <th scope="col" class="number">
                  {COLUMN_NAMES[name]}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((point) => (
              <tr>
                <th scope="row" title={exact(point.at)}>
                  {timeLabel(point.at, zone, history)}
                </th>
                {COUNTS.map((name) => (
                  <td class="number">{number(point[name])}</td>
                ))}
                {TIMES.map((name) => (
                  <td class="number">{duration(point[name])}</td>
                ))}
                <td class="number">{number(point.pending)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </details>
  );
}

const duration = (ms: number | null): string => (ms === null ? '' : formatDuration(ms));
