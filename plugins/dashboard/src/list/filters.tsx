// The filters of the list: read from its address, shown with a link that removes each, and set by a form.
/** @jsxImportSource hono/jsx */
import {
  type JobFilter,
  type JobPage,
  type JobSort,
  type JobStateFilter,
  type QueueMetrics,
  searchWords,
} from '@phraseworks/sdk';
import { createZone, isZone } from '@phraseworks/sdk/zone';
import type { Child } from 'hono/jsx';
import { given, typePath } from '../address.ts';
import { Icon } from '../icons.tsx';
import { Hidden, Options, type OptionsProps } from '../parts.tsx';
import { isState, STATES } from '../state.tsx';
import { capital, shown } from '../text.ts';
import { msOf } from '../time.tsx';
import type { Visit } from '../visit.ts';

const HOUR = 3_600_000;

const WITHIN = { '1h': HOUR, '6h': 6 * HOUR, '24h': 24 * HOUR, '7d': 168 * HOUR, '30d': 720 * HOUR } as const;
type Within = keyof typeof WITHIN;

const LABELS = {
  type: 'Type',
  plugin: 'Plugin',
  schedule: 'Schedule',
  /** Only with a type. */
  key: 'Key',
  /** `post:17`. */
  about: 'About',
  q: 'Search',
  within: 'Added',
  /** By the clocks of `zone`, or in UTC: `2026-01-31T09:00`. */
  from: 'Added from',
  to: 'Added before',
};
/** What the stored counts do not tell, but for the type. */
type Part = keyof typeof LABELS;
const PARTS = Object.keys(LABELS) as Part[];

export type ListQuery = Record<Exclude<Part, 'within'> | 'zone', string | undefined> & {
  status: JobStateFilter | undefined;
  /** What the times are of: when jobs ended, otherwise when they were added. */
  by: 'ended' | undefined;
  within: Within | undefined;
  /** Undefined: as `sortOf` says. */
  sort: JobSort | undefined;
};

export const ORDERS: Record<JobSort, string> = {
  newest: 'newest first',
  oldest: 'oldest first',
  due: 'soonest first',
  ended: 'the last to end first',
};

/** Only delayed jobs have a due time, and most readers of their list want to know what comes next. */
const sortsOf = ({ status, by }: Pick<ListQuery, 'status' | 'by'>): readonly JobSort[] => {
  if (by === 'ended') return ['ended'];
  return status === 'delayed' ? ['due', 'newest', 'oldest'] : ['newest', 'oldest'];
};
export const sortOf = (list: ListQuery): JobSort => list.sort ?? sortsOf(list)[0] ?? 'newest';

const QUOTED = /"[^"]*"?/g;

/** Finds `status:failed` as a word of the search, outside of quoted text, and what the search is without it. */
function stateWord(q: string): { word: string; rest: string } | undefined {
  const words = searchWords(q);
  const found = words.find(({ kind }) => kind === 'status');
  if (!found) return undefined;
  const others = words.filter((word) => word !== found);
  return { word: found.text, rest: others.map(({ raw }) => raw).join(' ') };
}

const SEARCH_FIELD = /^(?:status|state|type|plugin|id|error|data\..+)$/;

/** What of the address has no effect, as `readListQuery` ignores it, or another one than it seems to have. */
export function unknownIn(given: Record<string, string>): string[] {
  const { status = '', q = '', sort = '' } = given;
  const { word = status } = stateWord(q) ?? {};
  const notes: string[] = [];
  if (word !== '' && !isState(word)) notes.push(`Unknown state: ${shown(word)}. The states are ${STATES.join(', ')}.`);
  for (const [, name = ''] of q.replace(QUOTED, '').matchAll(/(?<!\S)([a-z][\w.-]*):(?!\/)\S/gi)) {
    if (SEARCH_FIELD.test(name)) continue;
    notes.push(
      `${shown(name)}: is not a search field, so it was searched as text. The fields are status, type, plugin, id, error and data.<field>.`,
    );
  }
  if (sort !== '' && readListQuery(given).sort !== sort)
    notes.push(
      sort === 'due'
        ? 'Only the list of delayed jobs can be sorted by when they are due.'
        : `Unknown order: ${shown(sort)}. The orders are newest, oldest, due.`,
    );
  return notes;
}

/** Ignores invalid values, so that an old or mistyped address still shows jobs; `unknownIn` names them. */
export function readListQuery(given: Record<string, string>): ListQuery {
  const text = (part: Part): string | undefined => given[part]?.trim().slice(0, 190) || undefined;
  const minute = (part: Part): string | undefined =>
    Number.isFinite(timeOf(given[part] ?? '')) ? given[part] : undefined;
  const { within: range = '', q = '', zone = '' } = given;
  const found = stateWord(q);
  const state = found && isState(found.word) ? found.word : (given.status ?? '');
  const status = isState(state) ? state : undefined;
  const type = text('type');
  const [from, to] = [minute('from'), minute('to')];
  const within = Object.hasOwn(WITHIN, range) ? (range as Within) : undefined;
  const by = given.by === 'ended' && (from ?? to ?? within) !== undefined ? 'ended' : undefined;
  return {
    status,
    type,
    plugin: text('plugin'),
    schedule: text('schedule'),
    key: type && text('key'),
    about: text('about'),
    q: (found?.rest ?? q).trim().slice(0, 200) || undefined,
    by,
    within,
    from,
    to,
    zone: (from ?? to) !== undefined && isZone(zone) ? zone : undefined,
    sort: sortsOf({ status, by }).find((sort) => sort === given.sort),
  };
}

/** With times in milliseconds since 1970. */
export function filterOf({ by, within, from, to, zone, sort, ...same }: ListQuery, now: number): JobFilter {
  const since = from === undefined ? within && now - WITHIN[within] : timeOf(from, zone);
  const until = to === undefined ? undefined : timeOf(to, zone);
  const times = by === 'ended' ? { endedFrom: since, endedTo: until } : { from: since, to: until };
  return given({ ...same, ...times });
}

/** The longest page that can be listed. */
export const MOST_LISTED = 200;

/** All jobs that match, page by page. */
export async function* pagesOf({ jobs, actor }: Visit, wanted: JobFilter): AsyncGenerator<JobPage> {
  let cursor: string | null = '';
  while (cursor !== null) {
    const page: JobPage = await jobs.list(actor, { ...wanted, limit: MOST_LISTED, ...given({ cursor }) });
    yield page;
    cursor = page.nextCursor;
  }
}

/** A filter is set that the stored counts do not cover. */
export const isNarrowed = (list: ListQuery): boolean =>
  PARTS.some((part) => part !== 'type' && list[part] !== undefined);

export const isFiltered = (list: ListQuery): boolean =>
  list.status !== undefined || list.type !== undefined || isNarrowed(list);

/** `2026-01-31T09:00`, as `from` and `to` have it. */
export const clockTime = ({ clock }: Visit, ms: number, zone = 'UTC'): string =>
  clock.iso(ms + createZone(zone).offset(ms)).slice(0, 16);

function timeOf(text: string, zone?: string): number {
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(text) ? msOf(`${text}:00Z`) : Number.NaN;
  if (zone === undefined || Number.isNaN(at)) return at;
  const { offset } = createZone(zone);
  // The clocks may change between the two.
  return at - offset(at - offset(at));
}

export const WITHIN_TEXT = {
  '1h': 'in the last hour',
  '6h': 'in the last 6 hours',
  '24h': 'in the last 24 hours',
  '7d': 'in the last 7 days',
  '30d': 'in the last 30 days',
};

/** What a part of the list is about. */
export interface OnList {
  visit: Visit;
  list: ListQuery;
}

export function ChosenFilters({ visit: { to }, list }: OnList) {
  const chosen = PARTS.filter((part) => list[part] !== undefined);
  if (chosen.length === 0) return null;
  const labelOf = (part: Part) => (list.by === 'ended' ? LABELS[part].replace('Added', 'Ended') : LABELS[part]);
  const textOf = (part: Part): Child => {
    if (part === 'type') return <a href={to(typePath(list.type ?? ''))}>{list.type}</a>;
    if (part === 'within') return list.within && WITHIN_TEXT[list.within];
    return part === 'from' || part === 'to' ? `${list[part]?.replace('T', ' ')} ${list.zone ?? 'UTC'}` : list[part];
  };
  return (
    <ul class="chips">
      {chosen.map((part) => (
        <li>
          <span class="faint">{labelOf(part)}</span> <b>{textOf(part)}</b>{' '}
          <a
            href={to('/', { ...list, ...(part === 'type' ? { key: undefined } : {}), [part]: undefined })}
            aria-label={`Remove filter ${labelOf(part)}`}
          >
            <Icon name="close" />
          </a>
        </li>
      ))}
      {chosen.length < 2 ? null : (
        <li>
          <a href={to('/', { status: list.status, sort: list.sort })}>Clear all filters</a>
        </li>
      )}
    </ul>
  );
}

interface FilterFormProps extends OnList {
  metrics: QueueMetrics;
  plugins: readonly string[];
}

export function FilterForm({ visit: { to, zone: own }, list, metrics, plugins }: FilterFormProps) {
  const { status, q, schedule, key, about, sort } = list;
  // The times of a link stay those that it was made with.
  const zone = ((list.from ?? list.to) === undefined ? own : list.zone) ?? 'UTC';
  return (
    <form method="get" action={to('/')} class="short-form">
      <Hidden fields={{ status, q, schedule, key, about, sort, zone: zone === 'UTC' ? undefined : zone }} />
      <Choice name="type" label="Type" all={anyOf(Object.keys(metrics.types), list.type)} chosen={list.type} />
      <Choice name="plugin" label="Plugin" all={anyOf(plugins, list.plugin)} chosen={list.plugin} />
      <Choice name="by" label="Time" all={Object.entries({ '': 'added', ended: 'ended' })} chosen={list.by} />
      <Choice
        name="within"
        label="When"
        all={Object.entries({ '': 'at any time', ...WITHIN_TEXT })}
        chosen={list.within}
      />
      {(['from', 'to'] as const).map((name) => (
        <label>
          {`${capital(name)} (${zone})`}
          <input type="datetime-local" name={name} value={list[name] ?? ''} />
        </label>
      ))}
      <button type="submit">Apply</button>
    </form>
  );
}

interface ChoiceProps extends OptionsProps {
  name: string;
  label: string;
}

const Choice = ({ name, label, all, chosen }: ChoiceProps) => (
  <label>
    {label}
    <select name={name}>
      <Options all={all} chosen={chosen} />
    </select>
  </label>
);

/** Includes the selected value even if it no longer exists. */
const anyOf = (all: readonly string[], chosen = ''): OptionsProps['all'] =>
  [...new Set(['', ...all, chosen])].sort().map((one) => [one, one === '' ? 'any' : one]);
