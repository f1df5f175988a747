// The numbers behind the charts as one table, without the times at which nothing happened.
/** @jsxImportSource hono/jsx */
import { formatDuration } from '@phraseworks/sdk';
import type { Words } from '../words/words.ts';
import { timeLabel } from './charts.ts';
import type { History, Point } from './read.ts';

const COUNTS = ['added', 'completed', 'failed', 'cancelled', 'retried'] as const;
const TIMES = ['waitP50', 'waitP95', 'runP50', 'runP95'] as const;

const isBusy = (point: Point): boolean => point.pending > 0 || COUNTS.some((name) => point[name] > 0);

export function Numbers({ history, words }: { history: History; words: Words['metrics'] }) {
  const rows = history.points.filter(isBusy).reverse();
  if (rows.length === 0) return null;
  return (
    <details class="numbers">
      <summary>{words.numbers}</summary>
      <p class="faint">{words.leftOut}</p>
      <section class="scroll" tabindex={0} aria-label={words.numbers}>
        <table>
          <thead>
            <tr>
              <th scope="col">{words.time}</th>
              {COUNTS.map((name) => (
                <th scope="col" class="number">
                  {words.sums[name]}
                </th>
              ))}
              {[...TIMES, 'pending' as const].map((name) => (
                <th scope="col" class="number">
                  {words.columns[name]}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((point) => (
              <tr>
                <th scope="row">{timeLabel(point.at, history)}</th>
                {COUNTS.map((name) => (
                  <td class="number">{words.number(point[name])}</td>
                ))}
                {TIMES.map((name) => (
                  <td class="number">{duration(point[name])}</td>
                ))}
                <td class="number">{words.number(point.pending)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </details>
  );
}

const duration = (ms: number | null): string => (ms === null ? '' : formatDuration(ms));
