// What needs attention, above the list: a line per state; in the list of one state, failures by type and cause, retries, and parked jobs by reason.
/** @jsxImportSource hono/jsx */

import type { FailureGroup, Job, JobStateFilter, QueueMetrics } from '@phraseworks/sdk';
import { jobPath, pluginPath, type Query } from '../address.ts';
import { LinkButton } from '../parts.tsx';
import { isRetrying, parkedBecause, stateIn } from '../state.tsx';
import { count, firstLine, number } from '../text.ts';
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

interface Issue {
  state: 'failed' | 'pending' | 'parked' | 'processing';
  /** `3 jobs failed`. */
  title: string;
  query: Query | undefined;
  groups: Group[];
  /** The sample size if there are more jobs. */
  countedIn: number | undefined;
}

/** Counts for a list of all states; for one state, also the causes. */
export async function findIssues(
  { jobs, actor }: Pick<Visit, 'jobs' | 'actor'>,
  list: Pick<ListQuery, 'status' | 'type'>,
  metrics: QueueMetrics,
): Promise<Issue[]> {
  const { type, status } = list;
  const counts = type === undefined ? metrics : metrics.types[type];
  const chosen = status && stateIn(status);
  const countOf = (state: 'failed' | 'pending' | 'parked'): number =>
    (chosen ?? state) === state ? (counts?.[state] ?? 0) : 0;
  const newest = async (state: 'pending' | 'parked', isWanted: boolean) => {
    if (!isWanted) return { jobs: [], nextCursor: null };
    return jobs.list(actor, { status: status ?? state, ...(type ? { type } : {}), limit: LOOKED_AT, brief: true });
  };
  const none = { failures: [], looked: 0, capped: false };
  const [{ failures, looked, capped }, pending, parked] = await Promise.all([
    status === 'failed' ? jobs.failures(actor) : none,
    newest('pending', countOf('pending') > 0),
    newest('parked', status === 'parked'),
  ]);
  const failed = failures.filter((one) => one.type === (type ?? one.type));
  const retrying = pending.jobs.filter(isRetrying);
  const countedIn = (page: { nextCursor: string | null }) => (page.nextCursor === null ? undefined : LOOKED_AT);
  const issue = (state: Issue['state'], jobs: number, title: string, more: Partial<Issue> = {}): Issue[] =>
    jobs === 0 ? [] : [{ state, title, query: { type, status: state }, groups: [], countedIn: undefined, ...more }];
  const stuck = status === undefined ? metrics.stuck : 0;
  return [
    issue('failed', countOf('failed'), `${count(countOf('failed'), 'job')} failed`, {
      groups: failed.map((group) => ofFailures(group)),
      countedIn: capped ? looked : undefined,
    }),
    issue('pending', retrying.length, `${count(retrying.length, 'job')} will retry`, {
      query: { type, status: status ?? 'pending' },
      groups: status
        ? groupsOf(retrying, (job) => firstLine(job.error ?? '')).map((group) => withSearch(group, status))
        : [],
      countedIn: countedIn(pending),
    }),
    issue('parked', countOf('parked'), `${count(countOf('parked'), 'job')} parked`, {
      groups: groupsOf(parked.jobs, (job) => parkedBecause(job.reason)),
      countedIn: countedIn(parked),
    }),
    issue('processing', stuck, `${count(stuck, 'attempt is', 'attempts are')} stuck (did not stop when asked)`, {
      query: undefined,
    }),
  ].flat();
}

/** `more`: what else the list of these jobs is filtered by. */
export const ofFailures = ({ type, cause, jobs, newest }: FailureGroup, more: Query = {}): Group => ({
  type,
  jobs,
  text: firstLine(cause),
  query: { status: 'failed', type, q: searchOf(cause), ...more },
  newest: { ...newest, due: null },
});

const withSearch = (group: Group, status: JobStateFilter): Group => {
  const q = searchOf(group.text.replace(/\.\.\.$/, '').replace(/\d+/g, '#'));
  return { ...group, query: { status, type: group.type, q } };
};

/** Largest first. Texts that differ only in numbers form one group with the newest text. */
function groupsOf(jobs: readonly Job[], textOf: (job: Job) => string): Group[] {
  const groups = new Map<string, Group>();
  for (const job of jobs) {
    const text = textOf(job);
    const key = `${job.type} ${text.replace(/\d+/g, '0')}`;
    const newest = { id: job.id, at: job.createdAt, due: job.status === 'pending' ? job.runAt : null };
    const plugin = job.reason === 'plugin_disabled' || job.reason === 'plugin_failed' ? job.plugin : null;
    const group = groups.get(key) ?? { text, type: job.type, jobs: 0, query: undefined, plugin, newest };
    group.jobs += 1;
    groups.set(key, group);
  }
  return [...groups.values()].sort((a, b) => b.jobs - a.jobs);
}

const NAMED = 3;

interface AttentionProps {
  visit: Visit;
  issues: readonly Issue[];
}

export function Attention({ visit, issues }: AttentionProps) {
  return (
    <section class="attention" aria-label="Needs attention">
      {issues.map(({ state, title, query, groups, countedIn }) => (
        <div class={state} data-key={state}>
          <h2>
            {query === undefined ? title : <a href={visit.to('/', query)}>{title}</a>}{' '}
            {countedIn === undefined ? null : (
              <small class="faint">{`Based on the latest ${number(countedIn)}.`}</small>
            )}{' '}
            {groups.some(({ text }) => text.includes('#')) ? (
              <small class="faint"># stands for any number.</small>
            ) : null}
          </h2>
          <CauseList visit={visit} name={state} groups={groups} />
        </div>
      ))}
    </section>
  );
}

interface CausesProps {
  visit: Visit;
  name: string;
  groups: readonly Group[];
}

export const CauseList = ({ visit, name, groups }: CausesProps) =>
  groups.length === 0 ? null : (
    <div class="causes">
      <Lines visit={visit} groups={groups.slice(0, NAMED)} />
      {groups.length > NAMED ? (
        <details id={`more-${name}`}>
          <summary>{`Show ${groups.length - NAMED} more`}</summary>
          <Lines visit={visit} groups={groups.slice(NAMED)} />
        </details>
      ) : null}
    </div>
  );

const Lines = ({ visit, groups }: { visit: Visit; groups: readonly Group[] }) => (
  <ul>
    {groups.map((group) => (
      <GroupLine visit={visit} group={group} />
    ))}
  </ul>
);

function GroupLine({ visit: { to, now, may }, group }: { visit: Visit; group: Group }) {
  const { text, type, query, jobs, newest, plugin } = group;
  const help = may.operate && query?.status === 'failed' ? to('/', { ...query, ask: 'retry' }) : undefined;
  return (
    <li>
      <span>
        <b>{type}</b> {query === undefined ? text : <a href={to('/', query)}>{text}</a>}
      </span>
      <span class="count">{number(jobs)}</span>
      <small class="faint">
        <a href={to(jobPath(newest.id))}>last:</a> <When at={newest.at} now={now} />
        {newest.due === null ? null : `, retry ${relative(msOf(newest.due), now)}`}
      </small>
      {help === undefined ? null : (
        <LinkButton href={help} icon="retry">
          Retry
        </LinkButton>
      )}
      {may.administer && plugin ? <LinkButton href={to(pluginPath(plugin))}>{`Enable ${plugin}`}</LinkButton> : null}
    </li>
  );
}
