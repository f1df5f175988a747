// The list of schedules: cron expression in words, the coming week, and the last jobs.
/** @jsxImportSource hono/jsx */

import type { Job } from '@phraseworks/sdk';
import type { OfferedType, ScheduleInfo } from '@phraseworks/sdk/client';
import { ActButton } from '../act.tsx';
import { jobPath } from '../address.ts';
import type { Page } from '../layout.tsx';
import { listed } from '../plugin/facts.tsx';
import { patternText } from '../schedule/pattern.ts';
import { readAllLastJobs, readRuns, schedulePath } from '../schedule/read.ts';
import { NextRuns, Results, Waits } from '../schedule/view.tsx';
import {
  At,
  type Calendar,
  calendarOf,
  Days,
  type RunsOf,
  Strip,
  type Week,
  weekOf,
  zoneOf,
} from '../schedule/week.tsx';
import { StateMark } from '../state.tsx';
import { number } from '../text.ts';
import { When } from '../time.tsx';
import type { Visit } from '../visit.ts';

const MOST = 10;
const MOST_NAMES = 6;

function Clashes({ visit, week, calendar }: { visit: Visit; week: Week; calendar: Calendar }) {
  const { to } = visit;
  const { clashes, often } = week;
  if (clashes.length === 0) return null;
  return (
    <section class="clashes" aria-labelledby="clashes">
      <h2 id="clashes">Overlapping schedules</h2>
      <ul>
        {clashes.slice(0, MOST).map(({ names, at }) => (
          <li>
            {listed(names.slice(0, MOST_NAMES).map((name) => <a href={to(schedulePath(name))}>{name}</a>))}
            {names.length > MOST_NAMES ? `, ${number(names.length - MOST_NAMES)} more` : ''}
            <small>
              {at.length === 1 ? '1 overlap,' : `${number(at.length)} overlaps, next`}{' '}
              <At ms={at[0] ?? calendar.from} zone={calendar.zone.name} />
            </small>
          </li>
        ))}
      </ul>
      {clashes.length > MOST ? <p class="faint">{`${number(clashes.length - MOST)} more`}</p> : null}
      {often.length === 0 ? null : (
        <p class="faint">{`Not shown (run more than once an hour): ${often.slice(0, MOST_NAMES).join(', ')}`}</p>
      )}
    </section>
  );
}

/** Drawing more schedules takes too long for live updates. */
const MOST_LIVE = 100;

export async function schedulesPage(visit: Visit): Promise<Page> {
  const { api, now, to, may } = visit;
  const { schedules } = await api.schedules();
  const calendar = calendarOf(zoneOf(sharedZone(schedules)), now);
  const [runs, lastJobs, offered] = await Promise.all([
    readRuns(api, now, calendar.to),
    readAllLastJobs(api, schedules),
    api.types(),
  ]);
  const week = weekOf(runs, calendar.from, calendar.to);
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
          <>
            <table class="plain roomy schedules">
              <caption class="hidden">Schedules</caption>
              <thead>
                <tr>
                  <th scope="col">Name</th>
                  <th scope="col">Next run</th>
                  <th scope="col" class="week">
                    <span class="hidden">The coming week</span>
                    <Days calendar={calendar} />
                  </th>
                  <th scope="col">Last runs</th>
                  <th scope="col">
                    <span class="hidden">Actions</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {schedules.map((schedule) => (
                  <Row
                    visit={visit}
                    schedule={schedule}
                    calendar={calendar}
                    week={week}
                    runs={runs.find(({ name }) => name === schedule.name)}
                    jobs={lastJobs.get(schedule.name) ?? []}
                    types={offered.types}
                  />
                ))}
              </tbody>
            </table>
            <p class="faint zone">{`Times in ${calendar.zone.name}.`}</p>
            <Clashes visit={visit} week={week} calendar={calendar} />
          </>
        )}
      </>
    ),
  };
}

/** The zone that all schedules share, or UTC. */
function sharedZone(schedules: readonly ScheduleInfo[]): string {
  const zones = new Set(schedules.map(({ timezone }) => timezone));
  const [only = 'UTC'] = zones;
  return zones.size === 1 ? only : 'UTC';
}

interface RowProps {
  visit: Visit;
  schedule: ScheduleInfo;
  calendar: Calendar;
  week: Week;
  runs: RunsOf | undefined;
  jobs: readonly Job[];
  types: readonly OfferedType[];
}

function Row({ visit, schedule, calendar, week, runs, jobs, types }: RowProps) {
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
      <td data-label="The coming week" class="week">
        {runs ? <Strip calendar={calendar} runs={runs} marks={week.marks.get(name) ?? []} /> : null}
        <Days calendar={calendar} />
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
