// The list of jobs: pauses, filters, what needs attention, the rows and the pager.
/** @jsxImportSource hono/jsx */

import type { JobState, QueueMetrics } from '@phraseworks/sdk';
import type { JobPage } from '@phraseworks/sdk/client';
import { yesTo } from '../act.tsx';
import { type Api, Refusal } from '../api.ts';
import { safeJobs } from '../job/redact.ts';
import type { Page } from '../layout.tsx';
import { Live } from '../layout.tsx';
import { Attention, findIssues } from '../list/attention.tsx';
import { ACT_NAMES, type Act, BulkOffer, BulkProgress, BulkQuestion, offered } from '../list/bulk.tsx';
import {
  ChosenFilters,
  FilterForm,
  filterOf,
  isFiltered,
  isNarrowed,
  type ListQuery,
  queryOf,
  readListQuery,
} from '../list/filters.tsx';
import { CHOSEN_FORM, JobTable } from '../list/job-table.tsx';
import { PauseForm, PauseNotices } from '../list/pauses.tsx';
import { isMoving, STATE_NAMES, STATES } from '../state.tsx';
import { number } from '../text.ts';
import type { Visit } from '../visit.ts';

const CHOSEN_QUESTIONS = {
  cancel: 'Running jobs will be asked to stop.',
  delete: 'Their data, results, logs and files will be permanently deleted.',
};

interface TabsProps {
  visit: Visit;
  list: ListQuery;
  metrics: QueueMetrics;
}

function Tabs({ visit: { to }, list, metrics }: TabsProps) {
  const counts = list.type === undefined ? metrics : metrics.types[list.type];
  const countOf = (state: JobState | undefined): number | undefined =>
    isNarrowed(list) ? undefined : (counts?.[state ?? 'total'] ?? 0);
  return (
    <nav class="states" aria-label="States">
      <ul class="tabs">
        {[undefined, ...STATES].map((state) => (
          <li class={countOf(state) === 0 && state !== list.status ? 'none' : undefined}>
            <a
              href={to('/', queryOf({ ...list, status: state, cursor: undefined }))}
              aria-current={state === list.status ? 'page' : undefined}
            >
              <span class={state}>{state === undefined ? 'all' : STATE_NAMES[state]}</span> <Count n={countOf(state)} />
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

const Count = ({ n }: { n: number | undefined }) => (n === undefined ? null : <span class="count">{number(n)}</span>);

function Pager({ visit: { to }, list, page }: { visit: Visit; list: ListQuery; page: JobPage }) {
  const { nextCursor, capped } = page;
  const older = nextCursor === null ? null : to('/', queryOf({ ...list, cursor: nextCursor }));
  const newest = list.cursor === undefined ? null : to('/', queryOf({ ...list, cursor: undefined }));
  if (older === null && newest === null) return null;
  return (
    <nav class="pager" aria-label="Pages">
      {capped ? <span class="faint">Older jobs were not searched.</span> : null}
      {newest === null ? null : <a href={newest}>First page</a>}
      {older === null ? null : (
        <a href={older} rel="next">
          {capped ? 'Search older jobs' : 'Next page'}
        </a>
      )}
    </nav>
  );
}

function Empty({ visit, list, page }: { visit: Visit; list: ListQuery; page: JobPage }) {
  const { to, may } = visit;
  const filtered = list.cursor !== undefined || isFiltered(list);
  return (
    <div class="empty">
      <p>
        {filtered
          ? page.nextCursor === null
            ? 'No matching jobs'
            : 'No matches in the jobs searched so far'
          : 'No jobs yet.'}
      </p>
      {filtered ? (
        <p>
          <a href={to('/')}>All jobs</a>
        </p>
      ) : (
        <>
          <p>Add one here, with addJob() or through the API, and it will appear immediately.</p>
          {may.add ? (
            <p>
              <a class="button" href={to('/add')}>
                Add a job
              </a>
            </p>
          ) : null}
        </>
      )}
    </div>
  );
}

function ChosenForm({ visit: { to }, list }: { visit: Visit; list: ListQuery }) {
  return (
    <form
      method="post"
      id={CHOSEN_FORM}
      class="chosen buttons"
      action={to('/act/jobs', { ...queryOf(list), scope: 'chosen' })}
      data-quick
    >
      {/* Enter on a checkbox presses the first button of the form; outside a dialog this one does nothing. */}
      <button type="submit" formmethod="dialog" hidden />
      <span class="faint">
        Selected: <b class="chosen-count" data-keep />
      </span>
      {offered(list).map((act) => {
        const question = act === 'cancel' || act === 'delete' ? CHOSEN_QUESTIONS[act] : undefined;
        if (question === undefined) return <ActChosen act={act} label={ACT_NAMES[act]} />;
        return (
          <details class="confirm" data-key={act}>
            <summary class="button">{ACT_NAMES[act]}</summary>
            <div>
              <p>{question}</p>
              <ActChosen act={act} label={yesTo(ACT_NAMES[act])} />
            </div>
          </details>
        );
      })}
    </form>
  );
}

const ActChosen = ({ act, label }: { act: Act; label: string }) => (
  <button type="submit" name="step" value={act} class={act === 'delete' ? 'danger' : undefined}>
    {label}
  </button>
);

const PAGE = 50;
/** The type of bulk jobs; it cannot be paused. */
const BULK_TYPE = 'jobs.bulk';

export async function listPage(visit: Visit): Promise<Page> {
  const { api, now } = visit;
  const list = readListQuery(visit.query);
  const { from, to, ...filter } = filterOf(list, now);
  const range = { from: from?.toString(), to: to?.toString() };
  const first = !isNarrowed(list) && list.cursor === undefined;
  const asked = api.metrics();
  const [metrics, page, issues, { pauses }, lanes, plugins, { types }, bulk] = await Promise.all([
    asked,
    api.jobs({ ...filter, ...range, cursor: list.cursor, limit: String(PAGE) }),
    first ? asked.then((metrics) => beside(findIssues({ api, metrics, list }), [])) : [],
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
    title: 'Jobs',
    follows: list.type === undefined ? {} : { types: [list.type, ...(bulk ? [BULK_TYPE] : [])] },
    renew: list.live && moving ? query : undefined,
    children: (
      <>
        <h1 class="hidden">Jobs</h1>
        <PauseNotices visit={visit} list={list} pauses={pauses} />
        <div class="filters">
          <Tabs visit={visit} list={list} metrics={metrics} />
          <details class="filter">
            <summary>Filters</summary>
            <div class="drop">
              <FilterForm visit={visit} list={list} metrics={metrics} plugins={plugins} />
              <PauseForm visit={visit} list={list} types={pausable} lanes={lanes} pauses={pauses} />
            </div>
          </details>
        </div>
        <ChosenFilters visit={visit} list={list} />
        <Attention visit={visit} issues={issues} />
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

/** If another part of the page fails, the rows are still shown. */
const beside = <T,>(asked: Promise<T>, without: T): Promise<T> =>
  asked.catch((error: unknown) => {
    if (error instanceof Refusal) return without;
    throw error;
  });

/** Undefined if the id is not that of a bulk job. */
async function bulkJob(api: Api, id: string | undefined) {
  if (id === undefined) return undefined;
  const job = await beside(api.job(id), undefined);
  return job?.type === BULK_TYPE ? job : undefined;
}
