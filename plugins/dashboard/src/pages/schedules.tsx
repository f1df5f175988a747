// The list of schedules: cron expression in words, next runs, and the last jobs.
/** @jsxImportSource hono/jsx */

import type { Job, ScheduleInfo } from '@phraseworks/sdk';
import { jobPath, schedulePath } from '../address.ts';
import type { Page } from '../layout.tsx';
import { Empty, Head, LinkButton, Table } from '../parts.tsx';
import { patternText } from '../schedule/pattern.ts';
import { NextRuns, Results, RunAndPause, readAllLastJobs, Waits } from '../schedule/view.tsx';
import { StateMark } from '../state.tsx';
import { When } from '../time.tsx';
import type { Visit } from '../visit.ts';

/** Drawing more schedules takes too long for live updates. */
const MOST_LIVE = 100;

export async function schedulesPage(visit: Visit): Promise<Page> {
  const { actor, may } = visit;
  const schedules = await visit.schedules.list(actor);
  const [lastJobs, offered] = await Promise.all([readAllLastJobs(visit, schedules), visit.types.list(actor)]);
  const types = [...new Set(schedules.map(({ type }) => type))];

  return {
    title: 'Schedules',
    follows: types.length === 0 || schedules.length > MOST_LIVE ? undefined : { types },
    children: (
      <>
        <Head title="Schedules">
          {may.administer ? (
            <LinkButton href={visit.to('/schedules/new')} icon="add" primary>
              Add a schedule
            </LinkButton>
          ) : null}
        </Head>
        {schedules.length === 0 ? (
          <Empty
            icon="schedules"
            text="No schedules. Plugins add them with scheduleJob(), or the configuration does."
          />
        ) : (
          <Table
            caption="Schedules"
            name="schedules"
            rows={schedules}
            keyOf={({ name }) => name}
            columns={[
              { label: 'Name', names: true, cell: (schedule) => <Name visit={visit} schedule={schedule} /> },
              {
                label: 'Next run',
                cell: (schedule) => (
                  <>
                    {schedule.paused ? <StateMark state="paused" /> : <NextRuns visit={visit} schedule={schedule} />}
                    <Waits schedule={schedule} types={offered} />
                  </>
                ),
              },
              {
                label: 'Last runs',
                cell: (schedule) => (
                  <LastRuns visit={visit} schedule={schedule} jobs={lastJobs.get(schedule.name) ?? []} />
                ),
              },
              {
                label: '',
                cell: (schedule) => (
                  <div class="buttons">
                    <RunAndPause visit={visit} schedule={schedule} />
                  </div>
                ),
              },
            ]}
          />
        )}
      </>
    ),
  };
}

interface CellProps {
  visit: Visit;
  schedule: ScheduleInfo;
}

function Name({ visit: { to }, schedule: { name, schedule, timezone, type } }: CellProps) {
  const pattern = patternText(schedule);
  return (
    <>
      <a href={to(schedulePath(name))}>{name}</a>
      {pattern === '' ? null : <small class="in-words">{pattern}</small>}
      <small>
        <code>{schedule}</code> {timezone}, runs <a href={to('/', { type })}>{type}</a>
      </small>
    </>
  );
}

function LastRuns({ visit, schedule: { lastRun, lastJob }, jobs }: CellProps & { jobs: readonly Job[] }) {
  return (
    <>
      {lastRun === null ? <span class="faint">not yet</span> : <When at={lastRun} now={visit.now} />}
      {jobs.length > 0 ? (
        <Results visit={visit} jobs={jobs} />
      ) : lastJob === null ? null : (
        <small>
          <a href={visit.to(jobPath(lastJob))}>View job</a>
        </small>
      )}
    </>
  );
}
