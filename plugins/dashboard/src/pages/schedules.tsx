// The list of schedules: cron expression in words, next runs, and the last jobs.
/** @jsxImportSource hono/jsx */

import type { Job, OfferedType, ScheduleInfo } from '@phraseworks/sdk';
import { ActButton } from '../act.tsx';
import { jobPath } from '../address.ts';
import type { Page } from '../layout.tsx';
import { patternText } from '../schedule/pattern.ts';
import { readAllLastJobs, schedulePath } from '../schedule/read.ts';
import { NextRuns, Results, Waits } from '../schedule/view.tsx';
import { StateMark } from '../state.tsx';
import { When } from '../time.tsx';
import type { Visit } from '../visit.ts';

/** Drawing more schedules takes too long for live updates. */
const MOST_LIVE = 100;

export async function schedulesPage(visit: Visit): Promise<Page> {
  const { actor, to, may } = visit;
  const schedules = await visit.schedules.list(actor);
  const [lastJobs, offered] = await Promise.all([readAllLastJobs(visit, schedules), visit.types.list(actor)]);
  const types = [...new Set(schedules.map(({ type }) => type))];

  return {
    title: 'Schedules',
    follows: types.length === 0 || schedules.length > MOST_LIVE ? undefined : { types },
    children: (
      <>
        <div class="headline">
          <h1>Schedules</h1>
          {may.administer ? (
            <a class="button" href={to('/schedules/new')}>
              Add a schedule
            </a>
          ) : null}
        </div>
        {schedules.length === 0 ? (
          <div class="empty">
            <p>No schedules.</p>
            <p>Plugins add them with scheduleJob(); you can also use the configuration, this page or the API.</p>
          </div>
        ) : (
          <table class="plain roomy schedules">
            <caption class="hidden">Schedules</caption>
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">Next run</th>
                <th scope="col">Last runs</th>
                <th scope="col">
                  <span class="hidden">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {schedules.map((schedule) => (
                <Row visit={visit} schedule={schedule} jobs={lastJobs.get(schedule.name) ?? []} types={offered} />
              ))}
            </tbody>
          </table>
        )}
      </>
    ),
  };
}

interface RowProps {
  visit: Visit;
  schedule: ScheduleInfo;
  jobs: readonly Job[];
  types: readonly OfferedType[];
}

function Row({ visit, schedule, jobs, types }: RowProps) {
  const { to, now } = visit;
  const { name, type, timezone, paused, lastRun, lastJob } = schedule;
  const pattern = patternText(schedule.schedule);
  const on = (step: 'run' | 'pause' | 'resume') => ({ kind: 'schedule', name, step }) as const;
  return (
    <tr data-key={name}>
      <th scope="row">
        <a href={to(schedulePath(name))}>{name}</a>
        {pattern === '' ? null : <small class="in-words">{pattern}</small>}
        <small>
          <code>{schedule.schedule}</code> {timezone}, runs <a href={to('/', { type })}>{type}</a>
        </small>
      </th>
      <td data-label="Next run">
        {paused ? <StateMark state="paused" /> : <NextRuns visit={visit} schedule={schedule} />}
        <Waits schedule={schedule} types={types} />
      </td>
      <td data-label="Last runs">
        {lastRun === null ? <span class="faint">not yet</span> : <When at={lastRun} now={now} />}
        {jobs.length > 0 ? (
          <Results visit={visit} jobs={jobs} />
        ) : lastJob === null ? null : (
          <small>
            <a href={to(jobPath(lastJob))}>View job</a>
          </small>
        )}
      </td>
      <td>
        <div class="buttons">
          <ActButton visit={visit} label="Run now" on={on('run')} />
          <ActButton visit={visit} label={paused ? 'Resume' : 'Pause'} on={on(paused ? 'resume' : 'pause')} />
        </div>
      </td>
    </tr>
  );
}
