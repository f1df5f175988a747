// What narrows the list beside its state: the chosen filters, each with the way out of it, and the form that sets them.
/** @jsxImportSource hono/jsx */
import type { QueueMetrics } from '@phraseworks/sdk';
import type { Visit } from '../visit.ts';
import { type ListQuery, queryOf, WITHIN, type Within } from './query.ts';

const WITHIN_TEXT = {
  '1h': 'in the last hour',
  '6h': 'in the last 6 hours',
  '24h': 'in the last 24 hours',
  '7d': 'in the last 7 days',
  '30d': 'in the last 30 days',
};

interface ChosenProps {
  visit: Visit;
  list: ListQuery;
}

type Part = 'type' | 'plugin' | 'schedule' | 'q' | 'within' | 'from' | 'to';

const LABELS: Record<Part, string> = {
  type: 'Type',
  plugin: 'Plugin',
  schedule: 'Schedule',
  q: 'Search',
  within: 'Added',
  from: 'From (UTC)',
  to: 'To (UTC)',
};

export function ChosenFilters({ visit: { to }, list }: ChosenProps) {
  const chosen = (Object.keys(LABELS) as Part[]).filter((part) => list[part] !== undefined);
  if (chosen.length === 0) return null;
  const textOf = (part: Part): string | undefined => {
    if (part === 'within') return list.within && WITHIN_TEXT[list.within];
    return part === 'from' || part === 'to' ? list[part]?.replace('T', ' ') : list[part];
  };
  return (
    <ul class="chosen-filters">
      {chosen.map((part) => (
        <li>
          <span class="faint">{LABELS[part]}</span> <b>{textOf(part)}</b>{' '}
          <a
            href={to('/', queryOf({ ...list, [part]: undefined, cursor: undefined }))}
            aria-label={`Remove filter ${LABELS[part]}`}
          >
            &times;
          </a>
        </li>
      ))}
      {chosen.length < 2 ? null : (
        <li class="clear">
          <a href={to('/', { status: list.status, live: list.live ? undefined : '0' })}>Clear all filters</a>
        </li>
      )}
    </ul>
  );
}

interface FilterFormProps extends ChosenProps {
  metrics: QueueMetrics;
  plugins: readonly string[];
}

export function FilterForm({ visit: { to }, list, metrics, plugins }: FilterFormProps) {
  return (
    <form method="get" action={to('/')} class="filter-form">
      {list.status === undefined ? null : <input type="hidden" name="status" value={list.status} />}
      {list.q === undefined ? null : <input type="hidden" name="q" value={list.q} />}
      {list.schedule === undefined ? null : <input type="hidden" name="schedule" value={list.schedule} />}
      {list.live ? null : <input type="hidden" name="live" value="0" />}
      <Choice name="type" label="Type" none="any" all={Object.keys(metrics.types)} chosen={list.type} />
      <Choice name="plugin" label="Plugin" none="any" all={plugins} chosen={list.plugin} />
      <label class="whole">
        Added
        <select name="within">
          <option value="">at any time</option>
          {(Object.keys(WITHIN) as Within[]).map((within) => (
            <option value={within} selected={within === list.within}>
              {WITHIN_TEXT[within]}
            </option>
          ))}
        </select>
      </label>
      <label>
        From (UTC)
        <input type="datetime-local" name="from" value={list.from ?? ''} />
      </label>
      <label>
        To (UTC)
        <input type="datetime-local" name="to" value={list.to ?? ''} />
      </label>
      <button type="submit">Apply</button>
    </form>
  );
}

interface ChoiceProps {
  name: string;
  label: string;
  none: string;
  all: readonly string[];
  chosen: string | undefined;
}

/** The chosen one is among them, even when it no longer exists. */
function Choice({ name, label, none, all, chosen }: ChoiceProps) {
  const options = [...new Set([...all, ...(chosen === undefined ? [] : [chosen])])].sort();
  return (
    <label>
      {label}
      <select name={name}>
        <option value="">{none}</option>
        {options.map((option) => (
          <option value={option} selected={option === chosen}>
            {option}
          </option>
        ))}
      </select>
    </label>
  );
}
