// The types by how long they ran in the range, the slowest first.
/** @jsxImportSource hono/jsx */

import type { QueueMetrics } from '@phraseworks/sdk';
import { formatDuration } from '@phraseworks/sdk';
import { capital, number } from '../text.ts';
import type { Visit } from '../visit.ts';
import { runTimesOf, sumsOf } from './charts.ts';
import { type Range, readHistory } from './read.ts';

/** The busiest ones: each is a look at the store. */
const MOST = 50;

export interface TypeRow {
  type: string;
  /** Milliseconds; null without an attempt that ended. */
  times: ReturnType<typeof runTimesOf>;
  sums: ReturnType<typeof sumsOf>;
}

/** Those that ran in the range. Throws `Refusal`. */
export async function readSlowTypes({ api }: Visit, { types }: QueueMetrics, range: Range): Promise<TypeRow[]> {
  const busiest = Object.entries(types)
    .sort(([, one], [, other]) => other.total - one.total)
    .slice(0, MOST);
  const rows = busiest.map(async ([type]) => {
    const points = (await readHistory(api, range, type))?.points ?? [];
    return { type, times: runTimesOf(points), sums: sumsOf(points) };
  });
  return (await Promise.all(rows))
    .filter(({ times, sums }) => times.worst !== null || sums.completed + sums.failed > 0)
    .sort((one, other) => (other.times.worst ?? 0) - (one.times.worst ?? 0));
}

export function TypesTable({ visit, rows, range }: { visit: Visit; rows: readonly TypeRow[]; range: Range }) {
  if (rows.length === 0) return <p class="faint">No attempts ended in this range.</p>;
  const heads = ['median run', 'p95 run', 'completed', 'failed'].map(capital);
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
        {rows.map(({ type, times: { typical, worst }, sums: { completed, failed } }) => {
          const cells = [
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
