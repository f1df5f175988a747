// The types by how long they ran in the range, the slowest first.
/** @jsxImportSource hono/jsx */

import type { QueueMetrics } from '@phraseworks/sdk';
import { formatDuration } from '@phraseworks/sdk';
import type { MetricsHistory } from '@phraseworks/sdk/client';
import { capital, number } from '../text.ts';
import type { Visit } from '../visit.ts';
import { type Range, readHistory } from './read.ts';

/** The busiest ones: each is a look at the store. */
const MOST = 50;

export interface TypeRow {
  type: string;
  total: MetricsHistory['total'];
}

/** Those that ran in the range. Throws `ClientError`. */
export async function readSlowTypes({ api }: Visit, { types }: QueueMetrics, range: Range): Promise<TypeRow[]> {
  const busiest = Object.entries(types)
    .sort(([, one], [, other]) => other.total - one.total)
    .slice(0, MOST);
  const rows = busiest.map(async ([type]) => {
    const history = await readHistory(api, range, type);
    return history ? [{ type, total: history.total }] : [];
  });
  return (await Promise.all(rows))
    .flat()
    .filter(({ total }) => total.completed + total.failed > 0)
    .sort((one, other) => (other.total.runP95 ?? 0) - (one.total.runP95 ?? 0));
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
        {rows.map(({ type, total: { runP50, runP95, completed, failed } }) => {
          const cells = [
            runP50 === null ? '-' : formatDuration(runP50),
            runP95 === null ? '-' : formatDuration(runP95),
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
