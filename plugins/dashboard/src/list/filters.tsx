// What narrows the list beside its state: the chosen filters, each with the way out of it, and the form that sets them.
/** @jsxImportSource hono/jsx */
import type { QueueMetrics } from '@phraseworks/sdk';
import type { Visit } from '../visit.ts';
import { type ListQuery, queryOf, WITHIN, type Within } from './query.ts';

interface ChosenProps {
  visit: Visit;
  list: ListQuery;
}

type Part = 'type' | 'plugin' | 'schedule' | 'q' | 'within' | 'from' | 'to';

const PARTS: readonly Part[] = ['type', 'plugin', 'schedule', 'q', 'within', 'from', 'to'];

export function ChosenFilters({ visit: { to, words }, list }: ChosenProps) {
  const chosen = PARTS.filter((part) => list[part] !== undefined);
  if (chosen.length === 0) return null;
  const labels: Record<Part, string> = { ...words.list, q: words.list.search };
  const textOf = (part: Part): string | undefined => {
    if (part === 'within') return list.within && words.list.withins[list.within];
    return part === 'from' || part === 'to' ? list[part]?.replace('T', ' ') : list[part];
  };
  return (
    <ul class="chosen-filters">
      {chosen.map((part) => (
        <li>
          <span class="faint">{labels[part]}</span> <b>{textOf(part)}</b>{' '}
          <a
            href={to('/', queryOf({ ...list, [part]: undefined, cursor: undefined }))}
            aria-label={words.list.without(labels[part])}
          >
            &times;
          </a>
        </li>
      ))}
      {chosen.length < 2 ? null : (
        <li class="clear">
          <a href={to('/', { status: list.status, live: list.live ? undefined : '0' })}>{words.list.clear}</a>
        </li>
      )}
    </ul>
  );
}

interface FilterFormProps extends ChosenProps {
  metrics: QueueMetrics;
  plugins: readonly string[];
}

export function FilterForm({ visit: { to, words }, list, metrics, plugins }: FilterFormProps) {
  const { list: say } = words;
  return (
    <form method="get" action={to('/')} class="filter-form">
      {list.status === undefined ? null : <input type="hidden" name="status" value={list.status} />}
      {list.q === undefined ? null : <input type="hidden" name="q" value={list.q} />}
      {list.schedule === undefined ? null : <input type="hidden" name="schedule" value={list.schedule} />}
      {list.live ? null : <input type="hidden" name="live" value="0" />}
      <Choice name="type" label={say.type} none={say.any} all={Object.keys(metrics.types)} chosen={list.type} />
      <Choice name="plugin" label={say.plugin} none={say.any} all={plugins} chosen={list.plugin} />
      <label class="whole">
        {say.within}
        <select name="within">
          <option value="">{say.anyTime}</option>
          {(Object.keys(WITHIN) as Within[]).map((within) => (
            <option value={within} selected={within === list.within}>
              {say.withins[within]}
            </option>
          ))}
        </select>
      </label>
      <label>
        {say.from}
        <input type="datetime-local" name="from" value={list.from ?? ''} />
      </label>
      <label>
        {say.to}
        <input type="datetime-local" name="to" value={list.to ?? ''} />
      </label>
      <button type="submit">{say.apply}</button>
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
