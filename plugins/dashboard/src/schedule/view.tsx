// What the page shows of one schedule: its pattern in words, what can be done, its next runs and its last jobs.
/** @jsxImportSource hono/jsx */
import { formatDuration, type Job } from '@phraseworks/sdk';
import { ActButton } from '../act.tsx';
import { jobPath } from '../address.ts';
import { shown } from '../job/shown.ts';
import { StateMark } from '../state.tsx';
import { firstLine } from '../summary.ts';
import { between, When } from '../time.tsx';
import type { Visit } from '../visit.ts';
import { type ClockChange, ClockChangeLine } from './clock-change.tsx';
import { ComingRuns } from './coming.tsx';
import { patternText } from './pattern.ts';
import type { ScheduleDetail } from './read.ts';
import { Results } from './results.tsx';

const IN_WORDS = 5;

function LastJobs({ visit, jobs, none }: { visit: Visit; jobs: readonly Job[]; none: string }) {
  if (jobs.length === 0) return <p class="faint">{none}</p>;
  return (
    <>
      <Results visit={visit} jobs={jobs} />
      <ul class="last-jobs">
        {jobs.slice(0, IN_WORDS).map((job) => (
          <li>
            <a href={visit.to(jobPath(job.id))}>
              <StateMark state={job.status} words={visit.words} /> <When at={job.createdAt} now={visit.now} />
            </a>
            {job.startedAt !== null && job.finishedAt !== null ? (
              <span class="faint"> {formatDuration(between(job.startedAt, job.finishedAt, visit.now))}</span>
            ) : null}
            {job.error === null || job.status === 'completed' ? null : (
              <small class="error">{shown(firstLine(job.error), 200)}</small>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

export function Head({ visit, schedule }: { visit: Visit; schedule: ScheduleDetail }) {
  const { words, to, may } = visit;
  const { page } = words.schedules;
  const { name, type, paused, timezone, declared, changed } = schedule;
  const pattern = patternText(schedule.schedule);
  const on = (step: 'run' | 'pause' | 'resume' | 'delete') => ({ kind: 'schedule', name, step }) as const;
  return (
    <>
      <h1>{name}</h1>
      <p class="lead">
        {paused ? <StateMark state="paused" words={words} /> : null}{' '}
        {pattern === '' ? timezone : `${pattern}, ${timezone}`}
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
