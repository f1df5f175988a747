// The last jobs of a schedule: the strip of their states, and the newest in words.
/** @jsxImportSource hono/jsx */
import { formatDuration, type Job } from '@phraseworks/sdk';
import { jobPath } from '../address.ts';
import { shown } from '../job/shown.ts';
import { StateMark } from '../state.tsx';
import { firstLine } from '../summary.ts';
import { between, When } from '../time.tsx';
import type { Visit } from '../visit.ts';
import { Results } from './results.tsx';

const IN_WORDS = 5;

export function LastJobs({ visit, jobs, none }: { visit: Visit; jobs: readonly Job[]; none: string }) {
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
