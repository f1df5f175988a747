// The list of jobs: what needs attention, the filters, the rows, and the way to older ones.
/** @jsxImportSource hono/jsx */

import type { Page } from '../layout.tsx';
import { Attention, findTroubles } from '../list/attention.tsx';
import { Filters } from '../list/filters.tsx';
import { JobTable } from '../list/job-table.tsx';
import { isFiltered, type ListQuery, queryOf, readListQuery } from '../list/query.ts';
import { Live } from '../live.tsx';
import { isMoving } from '../state.tsx';
import type { Visit } from '../visit.ts';

const PAGE = 50;

export async function listPage(visit: Visit): Promise<Page> {
  const { api, now } = visit;
  const list = readListQuery(visit.query);
  const { status, type, q, cursor } = list;
  const [metrics, page] = await Promise.all([
    api.metrics(),
    api.jobs({ status, type, q, cursor, limit: String(PAGE) }),
  ]);
  const first = !isFiltered(list) && cursor === undefined;
  const troubles = first ? await findTroubles(api, metrics) : [];
  const moving = page.jobs.some((job) => isMoving(job, now));

  return {
    title: 'Jobs',
    renew: list.live && moving ? queryOf(list) : undefined,
    children: (
      <>
        <h1 class="hidden">Jobs</h1>
        <Filters visit={visit} list={list} metrics={metrics} />
        <Attention visit={visit} troubles={troubles} />
        <Live visit={visit} query={queryOf(list)} live={list.live} moving={moving} />
        {page.jobs.length === 0 ? <Empty visit={visit} list={list} /> : <JobTable visit={visit} jobs={page.jobs} />}
        <Pager visit={visit} list={list} next={page.nextCursor} capped={page.capped} />
      </>
    ),
  };
}

function Empty({ visit: { to }, list }: { visit: Visit; list: ListQuery }) {
  if (list.cursor !== undefined || isFiltered(list)) {
    return (
      <div class="empty">
        <p>No job fits.</p>
        <p>
          <a href={to('/')}>All jobs</a>
        </p>
      </div>
    );
  }
  return (
    <div class="empty">
      <p>No jobs yet.</p>
      <p>
        Add one with <code>addJob()</code> or over the <a href={to('/api/docs')}>HTTP API</a>; it shows here at once.
      </p>
    </div>
  );
}

interface PagerProps {
  visit: Visit;
  list: ListQuery;
  next: string | null;
  capped: boolean;
}

function Pager({ visit: { to }, list, next, capped }: PagerProps) {
  const older = next === null ? null : to('/', queryOf({ ...list, cursor: next }));
  const newest = list.cursor === undefined ? null : to('/', queryOf({ ...list, cursor: undefined }));
  if (older === null && newest === null) return null;
  return (
    <nav class="pager" aria-label="Pages">
      {capped ? <span>The search has not looked at all jobs yet.</span> : null}
      {newest === null ? null : <a href={newest}>Newest</a>}
      {older === null ? null : (
        <a href={older} rel="next">
          {capped ? 'Search older ones' : 'Older'}
        </a>
      )}
    </nav>
  );
}
