// Why jobs are in a state, above the list of it: failures by type and cause, retries by error, and parked jobs by reason.
/** @jsxImportSource hono/jsx */

import type { Failures, Job, JobState, JobStateFilter } from '@phraseworks/sdk';
import { given, jobPath, pluginPath, type Query } from '../address.ts';
import { LinkButton } from '../parts.tsx';
import { isRetrying, reasonText, stateIn } from '../state.tsx';
import { firstLine, number } from '../text.ts';
import { msOf, relative, When } from '../time.tsx';
import type { Visit } from '../visit.ts';
import type { ListQuery } from './filters.tsx';

/** A search may have 200 characters. */
const LONGEST = 190;

/** `error:"Mailbox # is full"`, where `#` matches any number; undefined if nothing is left to search for. */
export function searchOf(cause: string): string | undefined {
  // The search syntax cannot escape quotes.
  const parts = cause
    .split('"')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  let search = '';
  for (const part of parts) {
    const room = LONGEST - search.length - ' error:""'.length;
    if (room > 0) search += ` error:"${part.slice(0, room).trim()}"`;
  }
  return search.trimStart() || undefined;
}

/** How many waiting and parked jobs are summarised, newest first. */
const LOOKED_AT = 100;

interface Group {
  /** What the jobs have in common. */
  text: string;
  type: string;
  jobs: number;
  /** The list of these jobs. */
  query: Query | undefined;
  /** Enabling it lets these jobs run. */
  plugin?: string | null;
  /** `due`: when its next attempt is due. */
  newest: { id: string; at: string; due: string | null };
}

interface Causes {
  groups: Group[];
  /** How many jobs were looked at if there are more. */
  looked: number | undefined;
}

export async function findCauses({ jobs, actor }: Visit, { type, status }: ListQuery): Promise<Causes> {
  if (status === 'failed') return causesOf(await jobs.failures(actor), (one) => type === undefined || one === type);
  const isWaiting = status !== undefined && stateIn(status) === 'pending';
  if (!isWaiting && status !== 'parked') return { groups: [], looked: undefined };
  const page = await jobs.list(actor, { status, ...given({ type }), limit: LOOKED_AT, brief: true });
  return {
    groups: groupsOf(isWaiting ? page.jobs.filter(isRetrying) : page.jobs, status),
    looked: page.nextCursor === null ? undefined : LOOKED_AT,
  };
}

/** `more`: what else the lists of these jobs are filtered by. */
export const causesOf = (
  { failures, looked, capped }: Failures,
  isWanted: (type: string) => boolean,
  more: Query = {},
): Causes => ({
  groups: failures
    .filter(({ type }) => isWanted(type))
    .map(({ type, cause, jobs, newest }) => ({
      type,
      jobs,
      text: firstLine(cause),
      query: { status: 'failed', type, q: searchOf(cause), ...more },
      newest: { ...newest, due: null },
    })),
  looked: capped ? looked : undefined,
});

/** Largest first: retries by error, or parked jobs by reason. Texts that differ only in numbers form one group with the newest text. */
function groupsOf(jobs: readonly Job[], status: JobStateFilter): Group[] {
  const groups = new Map<string, Group>();
  for (const { id, type, error, reason, createdAt, runAt, plugin } of jobs) {
    const isParked = status === 'parked';
    const text = isParked ? reasonText(reason) : firstLine(error ?? '');
    const q = searchOf(text.replace(/\.\.\.$/, '').replace(/\d+/g, '#'));
    const key = `${type} ${text.replace(/\d+/g, '0')}`;
    const group = groups.get(key) ?? {
      text,
      type,
      jobs: 0,
      query: isParked ? undefined : { status, type, q },
      plugin: reason === 'plugin_disabled' || reason === 'plugin_failed' ? plugin : null,
      newest: { id, at: createdAt, due: isParked ? null : runAt },
    };
    group.jobs += 1;
    groups.set(key, group);
  }
  return [...groups.values()].sort((a, b) => b.jobs - a.jobs);
}

const NAMED = 3;

interface CausesProps extends Causes {
  visit: Visit;
  state: JobState;
}

export const Causes = ({ visit, state, groups, looked }: CausesProps) =>
  groups.length === 0 ? null : (
    <section class={`causes ${state}`} aria-labelledby="causes">
      <h2 id="causes">
        Causes{' '}
        <small class="faint">
          {looked === undefined ? null : `Based on the latest ${number(looked)}. `}
          {groups.some(({ text }) => text.includes('#')) ? '# stands for any number.' : null}
        </small>
      </h2>
      <Lines visit={visit} groups={groups.slice(0, NAMED)} />
      {groups.length > NAMED ? (
        <details id={`more-${state}`}>
          <summary>{`Show ${groups.length - NAMED} more`}</summary>
          <Lines visit={visit} groups={groups.slice(NAMED)} />
        </details>
      ) : null}
    </section>
  );

const Lines = ({ visit: { to, now, may }, groups }: { visit: Visit; groups: readonly Group[] }) => (
  <ul>
    {groups.map(({ text, type, query, jobs, newest, plugin }) => (
      <li>
        <span>
          <b>{type}</b> {query === undefined ? text : <a href={to('/', query)}>{text}</a>}
        </span>
        <span class="count">{number(jobs)}</span>
        <small class="faint">
          <a href={to(jobPath(newest.id))}>last:</a> <When at={newest.at} now={now} />
          {newest.due === null ? null : `, retry ${relative(msOf(newest.due), now)}`}
        </small>
        {may.operate && query?.status === 'failed' ? (
          <LinkButton href={to('/', { ...query, ask: 'retry' })} icon="retry">
            Retry
          </LinkButton>
        ) : null}
        {may.administer && plugin ? <LinkButton href={to(pluginPath(plugin))}>{`Enable ${plugin}`}</LinkButton> : null}
      </li>
    ))}
  </ul>
);
