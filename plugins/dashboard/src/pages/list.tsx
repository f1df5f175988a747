// The list of jobs: what is paused, the filters, what needs attention, the rows, and the way to older ones.
/** @jsxImportSource hono/jsx */
import { type Api, Refusal } from '../api.ts';
import { safeJobs } from '../job/safe-jobs.ts';
import type { Page } from '../layout.tsx';
import { Attention } from '../list/attention.tsx';
import { BulkOffer, BulkProgress, BulkQuestion } from '../list/bulk-box.tsx';
import { ChosenForm } from '../list/chosen.tsx';
import { Empty } from '../list/empty.tsx';
import { ChosenFilters, FilterForm } from '../list/filters.tsx';
import { JobTable } from '../list/job-table.tsx';
import { Pager } from '../list/pager.tsx';
import { PauseForm, PauseNotices } from '../list/pauses.tsx';
import { filterOf, isNarrowed, queryOf, readListQuery } from '../list/query.ts';
import { Tabs } from '../list/tabs.tsx';
import { findTroubles } from '../list/troubles.ts';
import { Live } from '../live.tsx';
import { isMoving } from '../state.tsx';
import type { Visit } from '../visit.ts';

const PAGE = 50;
/** Of the job that acts on many; it is nobody's to pause, and neither is its lane. */
const BULK_TYPE = 'jobs.bulk';

export async function listPage(visit: Visit): Promise<Page> {
  const { api, now, words } = visit;
  const list = readListQuery(visit.query);
  const { from, to, ...filter } = filterOf(list, now);
  const range = { from: from?.toString(), to: to?.toString() };
  const first = !isNarrowed(list) && list.cursor === undefined;
  const asked = api.metrics();
  const [metrics, page, troubles, { pauses }, lanes, plugins, { types }, bulk] = await Promise.all([
    asked,
    api.jobs({ ...filter, ...range, cursor: list.cursor, limit: String(PAGE) }),
    first ? asked.then((metrics) => beside(findTroubles({ api, metrics, list, words }), [])) : [],
    beside(api.pauses(), { pauses: [] }),
    beside(
      api.lanes().then((lanes) => lanes.filter((lane) => !lane.endsWith(`/${BULK_TYPE}`))),
      [],
    ),
    beside(
      api.plugins().then((answer) => answer.plugins.map(({ name }) => name)),
      [],
    ),
    beside(api.types(), { types: [] }),
    bulkJob(api, visit.query.bulk),
  ]);
  const jobs = safeJobs(page.jobs, types);
  const known = new Set([...types.map(({ type }) => type), ...Object.keys(metrics.types)]);
  const pausable = [...known].filter((type) => type !== BULK_TYPE);
  const moving = bulk?.status === 'pending' || [...jobs, ...(bulk ? [bulk] : [])].some((job) => isMoving(job, now));
  const query = { ...queryOf(list), bulk: bulk?.id };
  const boxes = visit.may.operate && jobs.length > 0;

  return {
    title: words.list.title,
    follows: list.type === undefined ? {} : { types: [list.type, ...(bulk ? [BULK_TYPE] : [])] },
    renew: list.live && moving ? query : undefined,
    children: (
      <>
        <h1 class="hidden">{words.list.title}</h1>
        <PauseNotices visit={visit} list={list} pauses={pauses} />
        <div class="filters">
          <Tabs visit={visit} list={list} metrics={metrics} />
          <details class="filter">
            <summary>{words.list.filters}</summary>
            <div class="drop">
              <FilterForm visit={visit} list={list} metrics={metrics} plugins={plugins} />
              <PauseForm visit={visit} list={list} types={pausable} lanes={lanes} pauses={pauses} />
            </div>
          </details>
        </div>
        <ChosenFilters visit={visit} list={list} />
        <Attention visit={visit} troubles={troubles} />
        <BulkQuestion visit={visit} list={list} metrics={metrics} />
        {bulk ? <BulkProgress visit={visit} list={list} job={bulk} /> : null}
        <Live visit={visit} query={query} live={list.live} moving={moving} />
        {boxes ? <ChosenForm visit={visit} list={list} /> : null}
        {jobs.length === 0 ? (
          <Empty visit={visit} list={list} page={page} />
        ) : (
          <JobTable visit={visit} jobs={jobs} boxes={boxes} />
        )}
        <div class="below">
          {jobs.length > 0 ? <BulkOffer visit={visit} list={list} metrics={metrics} /> : null}
          <Pager visit={visit} list={list} page={page} />
        </div>
      </>
    ),
  };
}

/** What stands beside the rows does not take them with it. */
const beside = <T,>(asked: Promise<T>, without: T): Promise<T> =>
  asked.catch((error: unknown) => {
    if (error instanceof Refusal) return without;
    throw error;
  });

/** The job that acts on many, while there is one of this id. */
async function bulkJob(api: Api, id: string | undefined) {
  if (id === undefined) return undefined;
  const job = await beside(api.job(id), undefined);
  return job?.type === BULK_TYPE ? job : undefined;
}
