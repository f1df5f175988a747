// The states as tabs, with their counts where they are known.
/** @jsxImportSource hono/jsx */
import type { JobState, QueueMetrics } from '@phraseworks/sdk';
import { STATES } from '../state.tsx';
import type { Visit } from '../visit.ts';
import { isNarrowed, type ListQuery, queryOf } from './query.ts';

interface TabsProps {
  visit: Visit;
  list: ListQuery;
  metrics: QueueMetrics;
}

export function Tabs({ visit: { to, words }, list, metrics }: TabsProps) {
  const counts = list.type === undefined ? metrics : metrics.types[list.type];
  const countOf = (state: JobState | undefined): number | undefined =>
    isNarrowed(list) ? undefined : (counts?.[state ?? 'total'] ?? 0);
  return (
    <nav class="states" aria-label={words.list.states}>
      <ul class="tabs">
        {[undefined, ...STATES].map((state) => (
          <li class={countOf(state) === 0 && state !== list.status ? 'none' : undefined}>
            <a
              href={to('/', queryOf({ ...list, status: state, cursor: undefined }))}
              aria-current={state === list.status ? 'page' : undefined}
            >
              <span class={state}>{state === undefined ? words.list.all : words.states.names[state]}</span>{' '}
              <Count n={countOf(state)} />
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

const Count = ({ n }: { n: number | undefined }) =>
  n === undefined ? null : <span class="count">{n.toLocaleString('en')}</span>;
