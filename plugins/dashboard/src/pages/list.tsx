// The list of jobs: pauses, filters, what needs attention, the rows and the pager.
/** @jsxImportSource hono/jsx */

import type { Job, JobFilter, JobPage, JobSort, JobStateFilter, OfferedType, QueueMetrics } from '@phraseworks/sdk';
import { yesTo } from '../act.tsx';
import { given } from '../address.ts';
import { maskedJobs } from '../job/secrets.ts';
import type { Page } from '../layout.tsx';
import { askedAct, BulkOffer, BulkProgress, BulkQuestion, infoOf, offered } from '../list/bulk.tsx';
import { Causes, findCauses } from '../list/causes.tsx';
import {
  ChosenFilters,
  FilterForm,
  filterOf,
  isFiltered,
  isNarrowed,
  type ListQuery,
  type OnList,
  readListQuery,
  sortOf,
  unknownIn,
} from '../list/filters.tsx';
import { CHOSEN_FORM, JobTable } from '../list/job-table.tsx';
import { LastHour } from '../list/last-hour.tsx';
import { BULK_TYPE, PauseBox, PauseNotices } from '../list/pauses.tsx';
import { readViews } from '../list/saved-views.ts';
import { SavedViews } from '../list/views.tsx';
import type { ReadLastHour } from '../metrics/read.ts';
import { cursorOf, Pager, pagesAround } from '../navigation.tsx';
import { Confirm, Empty, Head, LinkButton, Menu, Tabs } from '../parts.tsx';
import { ifThere } from '../refusal.ts';
import { countIn, STATES, stateIn } from '../state.tsx';
import { capital, count, number } from '../text.ts';
import type { Asking, Visit } from '../visit.ts';

function StateTabs({ visit: { to }, list, metrics }: OnList & { metrics: QueueMetrics }) {
  const counts = list.type === undefined ? metrics : metrics.types[list.type];
  const countOf = (state: JobStateFilter | undefined): number | undefined => {
    if (isNarrowed(list)) return undefined;
    return state === undefined ? (counts?.total ?? 0) : countIn(counts, state);
  };
  // The list of delayed jobs has an order of its own.
  const sortIn = (state: JobStateFilter | undefined) =>
    state === list.status || (state !== 'delayed' && list.status !== 'delayed') ? list.sort : undefined;
  // Its parts have tabs of their own.
  const states = STATES.filter((state) => state !== 'pending' || state === list.status);
  return (
    <Tabs
      label="States"
      tabs={[undefined, ...states].map((state) => {
        const n = countOf(state);
        return {
          text: (
            <>
              <span>{capital(state ?? 'all')}</span>{' '}
              {n === undefined ? null : (
                <span class={state === 'failed' && n > 0 ? 'count error' : 'count'}>{number(n)}</span>
              )}
            </>
          ),
          href: to('/', { ...list, status: state, sort: sortIn(state) }),
          isHere: state === list.status,
          isEmpty: n === 0 && state !== list.status,
        };
      })}
    />
  );
}

function NoJobs({ visit, list, page }: OnList & { page: JobPage }) {
  const { to, may } = visit;
  if (cursorOf(visit) === undefined && !isFiltered(list)) {
    return (
      <Empty text="No jobs yet. Add one here, with addJob() or through the API, and it appears at once.">
        {may.add ? <LinkButton href={to('/add')}>Add a job</LinkButton> : null}
      </Empty>
    );
  }
  const text = page.nextCursor === null ? 'No matching jobs.' : 'No matches in the jobs searched so far.';
  return (
    <Empty icon="search" text={text}>
      <LinkButton href={to('/')}>All jobs</LinkButton>
    </Empty>
  );
}

function ChosenForm({ visit: { to, query }, list }: OnList) {
  const action = to('/act/jobs', { ...list, cursor: query.cursor, scope: 'chosen' });
  return (
    <form method="post" id={CHOSEN_FORM} class="chosen buttons" action={action}>
      {/* Enter on a checkbox presses the first button of the form; outside a dialog this one does nothing. */}
      <button type="submit" formmethod="dialog" hidden />
      <span class="faint">
        Selected: <b class="chosen-count" data-keep />
      </span>
      {offered(list).map((act) => {
        const { label, warning } = infoOf(act);
        const danger = act === 'delete';
        const button = (
          <button type="submit" name="step" value={act} class={danger ? 'danger' : undefined}>
            {warning === undefined ? label : yesTo(label)}
          </button>
        );
        if (warning === undefined) return button;
        return (
          <Confirm name={act} label={label} danger={danger}>
            <div>
              <p>{warning}</p>
              {button}
            </div>
          </Confirm>
        );
      })}
    </form>
  );
}

const PAGE = 50;
/** Running jobs at the top of the first page, whenever they were added. */
const MOST_RUNNING = 20;

/** The ids of the rows that the reader sees, sent by the script when it updates the page. */
const heldIn = (given = ''): string[] =>
  given
    .split('.')
    .filter((id) => /^[\w-]{1,64}$/.test(id))
    .slice(0, PAGE + MOST_RUNNING);

/** Those that belong among the rows or before them; the page refills itself with later ones, and running jobs may be older still. */
function newSince(jobs: readonly Job[], held: readonly string[], sort: JobSort): Job[] {
  const last = sort === 'newest' ? ([...held].sort().at(-PAGE) ?? '') : '';
  const lastHeld = sort === 'newest' || held.length < PAGE ? -1 : jobs.findLastIndex(({ id }) => held.includes(id));
  const end = lastHeld < 0 ? jobs.length : lastHeld + 1;
  return jobs.slice(0, end).filter(({ id }) => !held.includes(id) && id > last);
}

/** What comes after a page. */
const FURTHER: Record<JobSort, string> = { newest: 'older', oldest: 'newer', due: 'later', ended: 'earlier' };

/** Of up to 50,000 jobs. */
const MOST_SEARCHES = 5;

/** Searches on among older jobs until one matches. */
export async function search(asking: Asking, wanted: JobFilter, most: number): Promise<JobPage> {
  const page = await asking.jobs.list(asking.actor, wanted);
  if (page.jobs.length > 0 || !page.capped || page.nextCursor === null || most === 1) return page;
  return search(asking, { ...wanted, cursor: page.nextCursor }, most - 1);
}

/** The types that the last hour is of; undefined where the list shows but some of their jobs. */
function typesIn(list: ListQuery, types: readonly OfferedType[]): string[] | undefined {
  if ((list.q ?? list.schedule ?? list.key) !== undefined) return undefined;
  if (list.type !== undefined) return [list.type];
  return types.flatMap(({ type, plugin }) => (list.plugin !== undefined && plugin === list.plugin ? type : []));
}

export async function listPage(visit: Visit, readLastHour: ReadLastHour): Promise<Page> {
  const { actor, now } = visit;
  const list = readListQuery(visit.query);
  const cursor = cursorOf(visit);
  const isFirst = cursor === undefined;
  const held = heldIn(visit.query.held);
  const sort = sortOf(list);
  const wanted: JobFilter = { ...filterOf(list, now), limit: PAGE, brief: true };
  const offered = beside(visit.types.list(actor), []);
  const runningFirst = sort === 'newest' && list.status === undefined && isFirst;
  const [metrics, page, running, causes, pauses, types, bulk, hour, views] = await Promise.all([
    visit.nodes.metrics(actor),
    // An open page is updated often, so its updates search only once.
    search(visit, { ...wanted, sort, ...given({ cursor }) }, visit.isUpdate || held.length > 0 ? 1 : MOST_SEARCHES),
    runningFirst && held.length === 0
      ? visit.jobs.list(actor, { ...wanted, status: 'processing', limit: MOST_RUNNING })
      : undefined,
    isFirst && !isNarrowed(list) ? beside(findCauses(visit, list), undefined) : undefined,
    beside(visit.pauses.list(actor), []),
    offered,
    bulkJob(visit, visit.query.bulk),
    offered.then((types) => {
      const shown = isFirst ? typesIn(list, types) : undefined;
      return shown && beside(readLastHour(visit, shown), undefined);
    }),
    beside(readViews(visit), []),
  ]);
  const found = new Map([...(running?.jobs ?? []), ...page.jobs].map((job) => [job.id, job]));
  // Other jobs came before them, or they no longer match the filters.
  const ids = held.filter((id) => !found.has(id));
  const missing = ids.length === 0 ? [] : (await visit.jobs.list(actor, { ids, limit: ids.length, brief: true })).jobs;
  const jobs = new Map(maskedJobs([...found.values(), ...missing], types).map((job) => [job.id, job]));
  const rows = held.length === 0 ? [...jobs.values()] : held.map((id) => jobs.get(id) ?? { id });
  const added = held.length === 0 ? 0 : newSince(page.jobs, held, sort).length;
  const asks = await askedAct(visit, list, metrics);
  const known = new Set([...types.map(({ type }) => type), ...Object.keys(metrics.types)]);
  const ready = new Set(types.flatMap(({ type, state }) => (state === 'ready' ? type : [])));
  const plugins = new Set(types.flatMap(({ type, plugin }) => (type === BULK_TYPE ? [] : (plugin ?? []))));
  const boxes = visit.may.operate;
  const isWhole = isFirst && page.nextCursor === null;

  return {
    title: 'Jobs',
    follows: list.type === undefined ? {} : { types: [list.type, ...(bulk ? [BULK_TYPE] : [])] },
    children: (
      <>
        <Head title="Jobs">
          <SavedViews visit={visit} list={list} views={views} />
          <Menu name="filters" label="Filters" icon="filter">
            <FilterForm visit={visit} list={list} metrics={metrics} plugins={[...plugins]} />
          </Menu>
          {list.type !== undefined && known.has(list.type) ? (
            <PauseBox visit={visit} kind="type" name={list.type} pauses={pauses} />
          ) : null}
          {rows.length === 0 ? null : (
            <BulkOffer visit={visit} list={list} metrics={metrics} known={isWhole ? page.jobs : undefined} />
          )}
          {visit.may.add ? (
            <LinkButton href={visit.to('/add', { type: list.type })} icon="add" primary>
              Add a job
            </LinkButton>
          ) : null}
        </Head>
        <StateTabs visit={visit} list={list} metrics={metrics} />
        <PauseNotices visit={visit} pauses={pauses} />
        {isFirst ? <LastHour visit={visit} list={list} history={hour} /> : null}
        <datalist id="suggestions">
          {Object.entries({ status: STATES, type: [...known].sort(), plugin: [...plugins] }).map(([field, values]) =>
            values.map((value) => <option value={`${field}:${value}`} />),
          )}
        </datalist>
        <ChosenFilters visit={visit} list={list} />
        {unknownIn(visit.query).map((text) => (
          <p class="note" role="status">
            {text}
          </p>
        ))}
        {metrics.stuck === 0 ? null : (
          <p class="note bad">
            <a href={visit.to('/nodes')}>{`${count(metrics.stuck, 'attempt is', 'attempts are')} stuck`}</a>: told to
            stop, but still running.
          </p>
        )}
        {causes && list.status ? <Causes visit={visit} state={stateIn(list.status)} {...causes} /> : null}
        {asks ? <BulkQuestion visit={visit} list={list} asked={asks} /> : null}
        {bulk ? <BulkProgress visit={visit} list={list} job={bulk} /> : null}
        {rows.length === 0 ? (
          <NoJobs visit={visit} list={list} page={page} />
        ) : (
          <>
            <div class="toolbar">
              {boxes ? <ChosenForm visit={visit} list={list} /> : null}
              {/* New jobs wait here, so that no row moves while it is read or pointed at. */}
              {isFirst && added > 0 ? (
                <a class="button new-jobs" href={visit.to('/', list)} data-fresh>
                  {`${added < PAGE ? number(added) : `${PAGE}+`} new ${added === 1 ? 'job' : 'jobs'}`}
                </a>
              ) : null}
            </div>
            <JobTable visit={visit} jobs={rows} boxes={boxes} list={list} ready={ready} runningFirst={runningFirst} />
          </>
        )}
        <Pager
          {...pagesAround(visit, page.nextCursor)}
          nextLabel={page.capped ? `Search ${FURTHER[sort]} jobs` : undefined}
          held={held.length > 0}
        >
          {page.capped ? <span class="faint">{`The ${FURTHER[sort]} jobs were not searched.`}</span> : null}
        </Pager>
      </>
    ),
  };
}

/** If another part of the page fails, the rows are still shown. */
const beside = <T,>(asked: Promise<T>, without: T): Promise<T> => ifThere(asked, 'any', without);

/** Undefined if the id is not that of a bulk job. */
async function bulkJob({ jobs, actor }: Asking, id: string | undefined) {
  if (id === undefined) return undefined;
  const job = await beside<Job | undefined>(jobs.get(actor, id), undefined);
  return job?.type === BULK_TYPE ? job : undefined;
}
