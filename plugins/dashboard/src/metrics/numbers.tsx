// The numbers behind the charts as one table, without the times at which nothing happened.
/** @jsxImportSource hono/jsx */

import { formatDuration } from '@phraseworks/sdk';
import type { MetricsHistory } from '@phraseworks/sdk/client';
import { number } from '../text.ts';
import { exact } from '../time.tsx';
import { timeLabel } from './charts.ts';
import { COUNTS, isBusy } from './read.ts';

const duration = (ms: number | null): string => (ms === null ? '' : formatDuration(ms));

const COLUMNS = [
  ...COUNTS.map((name) => [name, name, number] as const),
  ['waitP50', 'queue time, median', duration],
  ['waitP95', 'queue time, p95', duration],
  ['runP50', 'run, median', duration],
  ['runP95', 'run, p95', duration],
  ['pending', 'waiting', number],
] as const;

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
              {COLUMNS.map(([, label]) => (
                <th scope="col" class="number">
                  {label}
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
                {COLUMNS.map(([name, , show]) => (
                  <td class="number">{show(point[name] as number)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </details>
  );
}
