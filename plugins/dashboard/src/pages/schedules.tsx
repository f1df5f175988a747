// The schedules: when they run, in words and on a strip of the coming week, and how their last jobs ended.
/** @jsxImportSource hono/jsx */
import type { Job } from '@phraseworks/sdk';
import { ActButton } from '../act.tsx';
import { jobPath } from '../address.ts';
import type { ScheduleEntry } from '../api.ts';
import type { Page } from '../layout.tsx';
import { NextRuns } from '../schedule/coming.tsx';
import { patternText } from '../schedule/pattern.ts';
import { readAllLastJobs, readRuns, schedulePath } from '../schedule/read.ts';
import { Results } from '../schedule/results.tsx';
import { At, type Calendar, calendarOf, Days, Strip } from '../schedule/strip.tsx';
import { type RunsOf, type Week, weekOf } from '../schedule/week.ts';
import { zoneOf } from '../schedule/zone.ts';
import { StateMark } from '../state.tsx';
import { When } from '../time.tsx';
import type { Visit } from '../visit.ts';

const MOST = 10;
const MOST_NAMES = 6;

function Clashes({ visit, week, calendar }: { visit: Visit; week: Week; calendar: Calendar }) {
  const { words, to } = visit;
  const { clashes, often } = week;
  if (clashes.length === 0) return null;
  return (
    <section class="clashes" aria-labelledby="clashes">
      <h2 id="clashes">{words.schedules.clashes}</h2>
      <ul>
        {clashes.slice(0, MOST).map(({ names, at }) => (
          <li>
            {names.slice(0, MOST_NAMES).map((name, index) => (
              <>
                {index === 0 ? '' : ', '}
                <a href={to(schedulePath(name))}>{name}</a>
              </>
            ))}
            {names.length > MOST_NAMES ? `, ${words.schedules.moreClashes(names.length - MOST_NAMES)}` : ''}
            <small>
              {words.schedules.clashTimes(at.length)} <At ms={at[0] ?? calendar.from} zone={calendar.zone.name} />
            </small>
          </li>
        ))}
      </ul>
      {clashes.length > MOST ? <p class="faint">{words.schedules.moreClashes(clashes.length - MOST)}</p> : null}
      {often.length === 0 ? null : <p class="faint">{words.schedules.oftenLeftOut(often.slice(0, MOST_NAMES))}</p>}
    </section>
  );
}

/** To draw the weeks of more takes too long to be done after each event. */
const MOST_LIVE = 100;

export async function schedulesPage(visit: Visit): Promise<Page> {
  const { api, now, to, may } = visit;
  const words = visit.words.schedules;
  const { schedules } = await api.schedules();
  const calendar = calendarOf(zoneOf(sharedZone(schedules)), now);
  const [runs, lastJobs] = await Promise.all([readRuns(api, now, calendar.to), readAllLastJobs(api, schedules)]);
  const week = weekOf(runs, calendar.from, calendar.to);
  const types = [...new Set(schedules.map(({ type }) => type))];

  return {
    title: words.title,
    follows: types.length === 0 || schedules.length > MOST_LIVE ? undefined : { types },
    children: (
      <>
        <div class="headline">
          <h1>{words.title}</h1>
          {may.administer ? (
            <a class="button" href={to('/schedules/new')}>
              {words.add}
            </a>
          ) : null}
        </div>
        {schedules.length === 0 ? (
          <div class="empty">
            <p>{words.none}</p>
            <p>{words.noneHelp}</p>
          </div>
        ) : (
          <>
            <table class="plain roomy schedules">
              <caption class="hidden">{words.title}</caption>
              <thead>
                <tr>
                  <th scope="col">{words.name}</th>
                  <th scope="col">{words.next}</th>
                  <th scope="col" class="week">
                    <span class="hidden">{words.week}</span>
                    <Days calendar={calendar} />
                  </th>
                  <th scope="col">{words.last}</th>
                  <th scope="col">
                    <span class="hidden">{words.actions}</span>
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
                  />
                ))}
              </tbody>
            </table>
            <p class="faint zone">{words.inZone(calendar.zone.name)}</p>
            <Clashes visit={visit} week={week} calendar={calendar} />
          </>
        )}
      </>
    ),
  };
}

/** That of all schedules where they have the same, else UTC. */
function sharedZone(schedules: readonly ScheduleEntry[]): string {
  const zones = new Set(schedules.map(({ timezone }) => timezone));
  const [only = 'UTC'] = zones;
  return zones.size === 1 ? only : 'UTC';
}

interface RowProps {
  visit: Visit;
  schedule: ScheduleEntry;
  calendar: Calendar;
  week: Week;
  runs: RunsOf | undefined;
  jobs: readonly Job[];
}

function Row({ visit, schedule, calendar, week, runs, jobs }: RowProps) {
  const { to, now } = visit;
  const words = visit.words.schedules;
  const { name, type, timezone, paused, lastRun, lastJob } = schedule;
  const pattern = patternText(schedule.schedule);
  const on = (step: 'run' | 'pause' | 'resume') => ({ kind: 'schedule', name, step }) as const;
  return (
    <tr data-key={name}>
      <th scope="row">
        <a href={to(schedulePath(name))}>{name}</a>
        {pattern === '' ? null : <small class="said-so">{pattern}</small>}
        <small>
          <code>{schedule.schedule}</code> {timezone}, {words.adds} <a href={to('/', { type })}>{type}</a>
        </small>
      </th>
      <td data-label={words.next}>
        {paused ? <StateMark state="paused" words={visit.words} /> : <NextRuns visit={visit} schedule={schedule} />}
      </td>
      <td data-label={words.week} class="week">
        {runs ? <Strip calendar={calendar} runs={runs} marks={week.marks.get(name) ?? []} words={words} /> : null}
        <Days calendar={calendar} />
      </td>
      <td data-label={words.last}>
        {lastRun === null ? <span class="faint">{words.notYet}</span> : <When at={lastRun} now={now} />}
        {jobs.length > 0 ? (
          <Results visit={visit} jobs={jobs} />
        ) : lastJob === null ? null : (
          <small>
            <a href={to(jobPath(lastJob))}>{words.lastJob}</a>
          </small>
        )}
      </td>
      <td>
        <div class="buttons">
          <ActButton visit={visit} label={words.page.runNow} on={on('run')} />
          <ActButton
            visit={visit}
            label={paused ? words.page.resume : words.page.pause}
            on={on(paused ? 'resume' : 'pause')}
          />
        </div>
      </td>
    </tr>
  );
}
