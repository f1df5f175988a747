// The rows of the list. On a narrow screen each of them becomes a card.
/** @jsxImportSource hono/jsx */
import { formatDuration, type Job } from '@phraseworks/sdk';
import { jobPath } from '../address.ts';
import { Bar } from '../job/progress.tsx';
import { StateMark, stateDetail } from '../state.tsx';
import { firstLine, summaryOf } from '../summary.ts';
import { between, When } from '../time.tsx';
import type { Visit } from '../visit.ts';

export function JobTable({ visit, jobs }: { visit: Visit; jobs: readonly Job[] }) {
  return (
    <table class="jobs">
      <caption class="hidden">Jobs, newest first</caption>
      <thead>
        <tr>
          <th scope="col">State</th>
          <th scope="col">Type</th>
          <th scope="col">What</th>
          <th scope="col" class="number">
            Attempt
          </th>
          <th scope="col" class="number">
            Took
          </th>
          <th scope="col" class="number">
            Added
          </th>
        </tr>
      </thead>
      <tbody>
        {jobs.map((job) => (
          <JobRow visit={visit} job={job} />
        ))}
      </tbody>
    </table>
  );
}

function JobRow({ visit: { to, now }, job }: { visit: Pick<Visit, 'to' | 'now'>; job: Job }) {
  const detail = stateDetail(job, now);
  const error = job.status === 'completed' ? null : job.error;
  return (
    <tr>
      <td class="state-cell">
        <StateMark state={job.status} />
        {detail === '' ? null : <small>{detail}</small>}
      </td>
      <td class="type">{job.type}</td>
      <td class="what">
        <a href={to(jobPath(job.id))}>{summaryOf(job)}</a>
        {job.status === 'processing' && job.progress ? <Bar progress={job.progress} /> : null}
        {error === null ? null : <small class="error">{firstLine(error)}</small>}
      </td>
      <td class="number tries">{job.attempt === 0 ? '' : attemptOf(job)}</td>
      <td class="number took">{tookOf(job, now)}</td>
      <td class="number added">
        <When at={job.createdAt} now={now} />
      </td>
    </tr>
  );
}

/** `2 of 4`. */
export const attemptOf = ({ attempt, maxRetries }: Pick<Job, 'attempt' | 'maxRetries'>): string =>
  `${attempt} of ${maxRetries + 1}`;

/** How long its last attempt took, or runs. A cancelled one may have waited after it: its end says nothing. */
function tookOf(job: Job, now: number): string {
  if (job.startedAt === null || !['processing', 'completed', 'failed'].includes(job.status)) return '';
  return formatDuration(between(job.startedAt, job.finishedAt, now));
}
