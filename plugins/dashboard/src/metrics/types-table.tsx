// The types by how long they run, the slowest first.
/** @jsxImportSource hono/jsx */

import type { QueueMetrics } from '@phraseworks/sdk';
import { formatDuration } from '@phraseworks/sdk';
import type { MetricsHistory } from '@phraseworks/sdk/client';
import { capital, number } from '../text.ts';
import type { Visit } from '../visit.ts';
import { runTimesOf, sumsOf } from './charts.ts';
import { type Range, readHistory } from './read.ts';

/** Each is a look at the store. */
const MOST = 12;

export interface TypeRow {
  type: string;
  /** Milliseconds, over all attempts that completed. */
  average: number;
  history: MetricsHistory;
}

/** Throws `Refusal`. */
export async function readSlowTypes({ api }: Visit, { types }: QueueMetrics, range: Range): Promise<TypeRow[]> {
  const slowest = Object.entries(types)
    .filter(([, { avgProcessingTime }]) => avgProcessingTime > 0)
    .sort(([, one], [, other]) => other.avgProcessingTime - one.avgProcessingTime)
    .slice(0, MOST);
  const rows = slowest.map(async ([type, { avgProcessingTime }]) => {
    const history = await readHistory(api, range, type);
    return history ? [{ type, average: avgProcessingTime, history }] : [];
  });
  return (await Promise.all(rows)).flat();
}

export function TypesTable({ visit, rows, range }: { visit: Visit; rows: readonly TypeRow[]; range: Range }) {
  if (rows.length === 0) return <p class="faint">No completed attempts yet.</p>;
  const heads = ['average run (all time)', 'median', 'p95', 'completed', 'failed'].map(capital);
  return (
    <table class="plain">
      <caption class="hidden">Slowest job types</caption>
      <thead>
        <tr>
          <th scope="col">Type</th>
          {heads.map((head) => (
            <th scope="col" class="number">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ type, average, history }) => {
          const { typical, worst } = runTimesOf(history.points);
          const { completed, failed } = sumsOf(history.points);
          const cells = [
            formatDuration(average),
            typical === null ? '-' : formatDuration(typical),
            worst === null ? '-' : formatDuration(worst),
            number(completed),
            number(failed),
          ];
          return (
            <tr>
              <th scope="row">
                <a href={visit.to('/figures', { range, type })}>{type}</a>
              </th>
              {cells.map((cell, index) => (
                <td class="number" data-label={heads[index]}>
                  {cell}
                </td>
              ))}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
