// A few jobs, a line each, on a page that is about something else.
/** @jsxImportSource hono/jsx */
import type { Job } from '@phraseworks/sdk';
import type { Child } from 'hono/jsx';
import { jobPath } from '../address.ts';
import { Bar, JobMark, presentError } from '../state.tsx';
import { firstLine, summaryOf } from '../text.ts';
import type { Visit } from '../visit.ts';

interface LinesProps {
  visit: Visit;
  jobs: readonly Job[];
  name?: (job: Job) => Child;
  /** Beside its name and state. */
  about: (job: Job) => Child;
}

export const JobLines = ({ visit: { to, now }, jobs, name = summaryOf, about }: LinesProps) => (
  <ul class="lines">
    {jobs.map((job) => (
      <li data-key={job.id}>
        <a href={to(jobPath(job.id))}>{name(job)}</a> <JobMark job={job} now={now} />{' '}
        <small class="faint">{about(job)}</small>
        <small class="error">{firstLine(presentError(job) ?? '')}</small>
        {job.status === 'processing' && job.progress ? <Bar progress={job.progress} /> : null}
      </li>
    ))}
  </ul>
);
