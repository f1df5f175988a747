// The parts of a schedule's page: its head with the actions, next runs, and last jobs.
/** @jsxImportSource hono/jsx */

import { formatDuration, type Job, type OfferedType, type ScheduleDetail, type ScheduleInfo } from '@phraseworks/sdk';
import { ActButton } from '../act.tsx';
import { jobPath } from '../address.ts';
import { JobLines } from '../list/job-lines.tsx';
import { Head } from '../parts.tsx';
import { reasonText, StateMark } from '../state.tsx';
import { capital } from '../text.ts';
import { At, between, msOf, relative, When } from '../time.tsx';
import type { Asking, Visit } from '../visit.ts';
import { patternText } from './pattern.ts';
import { Runs } from './preview.tsx';

const LAST_JOBS = 20;
/** The most schedules whose last jobs are read for one page, with one query each. */
const MOST_READ = 40;

/** The newest first. */
export const readLastJobs = async ({ jobs, actor }: Asking, schedule: string): Promise<Job[]> =>
  (await jobs.list(actor, { schedule, limit: LAST_JOBS, brief: true })).jobs;

/** By schedule name; only of the first schedules if there are many. */
export async function readAllLastJobs(asking: Asking, schedules: readonly ScheduleInfo[]): Promise<Map<string, Job[]>> {
  const ran = schedules.filter(({ lastJob }) => lastJob !== null).slice(0, MOST_READ);
  return new Map(await Promise.all(ran.map(async ({ name }) => [name, await readLastJobs(asking, name)] as const)));
}

interface ResultsProps {
  visit: Pick<Visit, 'to' | 'now'>;
  jobs: readonly Job[];
}

export function Results({ visit: { to, now }, jobs }: ResultsProps) {
  return (
    <ol class="results">
      {[...jobs].reverse().map(({ id, status, createdAt }) => {
        const text = `${capital(status)}, ${relative(msOf(createdAt), now)}`;
        return (
          <li>
            <a href={to(jobPath(id))} title={text}>
              <StateMark state={status} text="" />
              <span class="hidden">{text}</span>
            </a>
          </li>
        );
      })}
    </ol>
  );
}

const ComingRuns = ({ visit, schedule: of }: { visit: Visit; schedule: ScheduleInfo }) => (
  <Runs runs={of.nextRuns} zone={of.timezone} reader={visit.zone} />
);

/** The next run; opens to show the runs after it. */
export function NextRuns({ visit, schedule }: { visit: Visit; schedule: ScheduleInfo }) {
  const { nextRun } = schedule;
  if (nextRun === null) return <span class="faint">Plugin disabled</span>;
  return (
    <details class="coming">
      <summary>
        <When at={nextRun} now={visit.now} due />
      </summary>
      <ComingRuns visit={visit} schedule={schedule} />
    </details>
  );
}

/** Whether its jobs would wait, and why. */
export function Waits({ schedule, types }: { schedule: ScheduleInfo; types: readonly OfferedType[] }) {
  const parked = types.find(({ type, state }) => type === schedule.type && state !== 'ready');
  if (!parked || schedule.paused || schedule.nextRun === null) return null;
  return <small class="faint">{`Its jobs will wait: ${reasonText(parked.reason)}.`}</small>;
}

export function RunAndPause({ visit, schedule }: { visit: Visit; schedule: ScheduleInfo }) {
  const { name, paused } = schedule;
  const step = paused ? 'resume' : 'pause';
  return (
    <>
      <ActButton visit={visit} label="Run now" on={{ kind: 'schedule', name, step: 'run' }} />
      <ActButton visit={visit} label={paused ? 'Resume' : 'Pause'} on={{ kind: 'schedule', name, step }} />
    </>
  );
}

export function ScheduleHead({ visit, schedule }: { visit: Visit; schedule: ScheduleDetail }) {
  const { to, may } = visit;
  const { name, type, paused, timezone, declared, changed } = schedule;
  const pattern = patternText(schedule.schedule);
  return (
    <>
      <Head title={name}>
        <RunAndPause visit={visit} schedule={schedule} />
        {may.administer ? (
          <ActButton
            visit={visit}
            label="Delete"
            on={{ kind: 'schedule', name, step: 'delete' }}
            confirm={
              declared
                ? 'Existing jobs are kept. The schedule is recreated at the next start; pause it instead to stop it.'
                : 'Existing jobs are kept; no new ones are added.'
            }
          />
        ) : null}
      </Head>
      <p class="lead">
        {paused ? <StateMark state="paused" /> : null} {pattern === '' ? timezone : `${pattern}, ${timezone}`}
      </p>
      <p class="faint">
        <code>{schedule.schedule}</code>, runs <a href={to('/', { type })}>{type}</a>. {originOf(schedule)}{' '}
        {changed ? 'Edited manually. Deleting it restores the original at the next start.' : ''}
      </p>
    </>
  );
}

function originOf({ declared, plugin }: ScheduleDetail): string {
  if (!declared) return 'Created at run time.';
  return plugin === null ? 'Declared in the configuration.' : `Declared by the ${plugin} plugin.`;
}

interface ComingProps {
  visit: Visit;
  schedule: ScheduleDetail;
  types: readonly OfferedType[];
}

export function Coming({ visit, schedule, types }: ComingProps) {
  return (
    <section aria-labelledby="coming">
      <h2 id="coming">Next runs</h2>
      {schedule.paused ? (
        <p>Paused: no runs until you resume it.</p>
      ) : schedule.nextRun === null ? (
        <p>Plugin disabled: no runs until you enable it.</p>
      ) : null}
      <ComingRuns visit={visit} schedule={schedule} />
      <Waits schedule={schedule} types={types} />
    </section>
  );
}

interface HistoryProps {
  visit: Visit;
  schedule: ScheduleDetail;
  jobs: readonly Job[];
}

/** What became of its last jobs. */
export function History({ visit, schedule, jobs }: HistoryProps) {
  return (
    <section aria-labelledby="last">
      <h2 id="last">History</h2>
      {jobs.length === 0 ? <p class="faint">No runs yet, or their jobs have expired.</p> : null}
      <JobLines
        visit={visit}
        jobs={jobs}
        name={({ createdAt }) => <At ms={msOf(createdAt)} zone={schedule.timezone} />}
        about={({ startedAt, finishedAt }) =>
          startedAt === null || finishedAt === null ? null : formatDuration(between(startedAt, finishedAt, 0))
        }
      />
      {jobs.length === 0 ? null : (
        <p>
          <a href={visit.to('/', { schedule: schedule.name })}>View all jobs</a>
        </p>
      )}
    </section>
  );
}
