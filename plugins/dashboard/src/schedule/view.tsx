// What is told of one schedule: its pattern in words, what can be done, its next runs and its last jobs.
/** @jsxImportSource hono/jsx */
import type { Job } from '@phraseworks/sdk';
import { ActButton } from '../act.tsx';
import { StateMark } from '../state.tsx';
import type { Visit } from '../visit.ts';
import { type ClockChange, ClockChangeLine } from './clock-change.tsx';
import { ComingRuns } from './coming.tsx';
import { LastJobs } from './last-jobs.tsx';
import { readPattern } from './pattern.ts';
import type { ScheduleDetail } from './read.ts';

export function Head({ visit, schedule }: { visit: Visit; schedule: ScheduleDetail }) {
  const { words, to, may } = visit;
  const { page } = words.schedules;
  const { name, type, paused, timezone, declared, changed } = schedule;
  const pattern = readPattern(schedule.schedule);
  const on = (step: 'run' | 'pause' | 'resume' | 'delete') => ({ kind: 'schedule', name, step }) as const;
  return (
    <>
      <h1>{name}</h1>
      <p class="lead">
        {paused ? <StateMark state="paused" words={words} /> : null}{' '}
        {pattern ? `${words.schedules.pattern(pattern)}, ${timezone}` : timezone}
      </p>
      <p class="faint">
        <code>{schedule.schedule}</code>, {words.schedules.adds} <a href={to('/', { type })}>{type}</a>.{' '}
        {originOf(schedule, page)} {changed ? page.changed : ''}
      </p>
      <div class="buttons">
        <ActButton visit={visit} label={page.runNow} on={on('run')} at="page" />
        <ActButton
          visit={visit}
          label={paused ? page.resume : page.pause}
          on={on(paused ? 'resume' : 'pause')}
          at="page"
        />
        {may.administer ? (
          <ActButton
            visit={visit}
            label={page.delete}
            on={on('delete')}
            at="page"
            confirm={declared ? page.deleteDeclared : page.deleteAsk}
          />
        ) : null}
      </div>
    </>
  );
}

function originOf({ declared, plugin }: ScheduleDetail, words: Visit['words']['schedules']['page']): string {
  if (!declared) return words.madeHere;
  return plugin === null ? words.ofConfig : words.ofPlugin(plugin);
}

interface ComingProps {
  visit: Visit;
  schedule: ScheduleDetail;
  change: ClockChange | null;
}

export function Coming({ visit, schedule, change }: ComingProps) {
  const { page } = visit.words.schedules;
  return (
    <section aria-labelledby="coming">
      <h2 id="coming">{page.comingTitle}</h2>
      {schedule.paused ? <p>{page.paused}</p> : schedule.nextRun === null ? <p>{page.off}</p> : null}
      <ComingRuns visit={visit} schedule={schedule} />
      <ClockChangeLine visit={visit} change={change} />
    </section>
  );
}

export function Last({ visit, schedule, jobs }: { visit: Visit; schedule: ScheduleDetail; jobs: readonly Job[] }) {
  const { page } = visit.words.schedules;
  return (
    <section aria-labelledby="last">
      <h2 id="last">{page.lastTitle}</h2>
      <LastJobs visit={visit} jobs={jobs} none={page.noJobs} />
      {jobs.length === 0 ? null : (
        <p>
          <a href={visit.to('/', { schedule: schedule.name })}>{page.allJobs}</a>
        </p>
      )}
    </section>
  );
}
