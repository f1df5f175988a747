// The state tabs with their counts, the search box and the choice of a type. All of it stands in the address.
/** @jsxImportSource hono/jsx */
import type { JobState, QueueMetrics } from '@phraseworks/sdk';
import { STATES } from '../state.tsx';
import type { Visit } from '../visit.ts';
import { type ListQuery, queryOf } from './query.ts';

interface FiltersProps {
  visit: Visit;
  list: ListQuery;
  metrics: QueueMetrics;
}

export function Filters({ visit: { to }, list, metrics }: FiltersProps) {
  const counts = list.type === undefined ? metrics : metrics.types[list.type];
  // A search narrows the list by what no count knows.
  const countOf = (state: JobState | undefined): number | undefined =>
    list.q === undefined ? (counts?.[state ?? 'total'] ?? 0) : undefined;
  return (
    <div class="filters">
      <nav aria-label="States">
        <ul class="tabs">
          {[undefined, ...STATES].map((state) => (
            <li class={countOf(state) === 0 && state !== list.status ? 'none' : undefined}>
              <a
                href={to('/', queryOf({ ...list, status: state, cursor: undefined }))}
                aria-current={state === list.status ? 'page' : undefined}
              >
                <span class={state}>{state ?? 'all'}</span> <Count n={countOf(state)} />
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <search>
        <form method="get" action={to('/')}>
          {list.status === undefined ? null : <input type="hidden" name="status" value={list.status} />}
          {list.live ? null : <input type="hidden" name="live" value="0" />}
          <input
            type="search"
            name="q"
            value={list.q ?? ''}
            maxlength={200}
            placeholder="Search jobs"
            title="Looks in id, type, data and error"
            aria-label="Search in id, type, data and error"
          />
          <select name="type" aria-label="Type">
            <option value="">All types</option>
            {typesOf(metrics, list.type).map((type) => (
              <option value={type} selected={type === list.type}>
                {type}
              </option>
            ))}
          </select>
          <button type="submit">Search</button>
        </form>
      </search>
    </div>
  );
}

const Count = ({ n }: { n: number | undefined }) =>
  n === undefined ? null : <span class="count">{n.toLocaleString('en')}</span>;

/** The chosen one stands in the list, too, when no job of it is left. */
const typesOf = ({ types }: QueueMetrics, chosen: string | undefined): string[] =>
  [...new Set([...Object.keys(types), ...(chosen === undefined ? [] : [chosen])])].sort();
