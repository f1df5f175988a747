// The facts of a job, as a list of names and values.
/** @jsxImportSource hono/jsx */
import type { Job } from '@phraseworks/sdk';
import type { Child } from 'hono/jsx';
import { attemptOf } from '../list/job-table.tsx';
import { isOver } from '../state.tsx';
import { msOf, roughly, When } from '../time.tsx';
import type { Visit } from '../visit.ts';

export function Facts({ visit: { to, now }, job }: { visit: Visit; job: Job }) {
  const when = (at: string): Child => <When at={at} now={now} />;
  const due = job.status === 'pending' && job.runAt !== null && msOf(job.runAt) > now ? job.runAt : null;
  const rows: [string, Child | null][] = [
    ['Id', <code>{job.id}</code>],
    ['Type', <a href={to('/', { type: job.type })}>{job.type}</a>],
    ['Plugin', job.plugin === null ? null : <a href={`${to('/plugins')}#plugin-${job.plugin}`}>{job.plugin}</a>],
    ['Lane', job.lane === `${job.plugin}/${job.type}` ? null : job.lane],
    ['Priority', job.priority],
    ['Attempt', job.attempt === 0 ? `none of ${job.maxRetries + 1} yet` : attemptOf(job)],
    ['Crashes', job.crashes === 0 ? null : String(job.crashes)],
    ['Added', when(job.createdAt)],
    ['Due', due === null ? null : when(due)],
    ['Started', job.startedAt === null ? null : when(job.startedAt)],
    ['Ended', job.finishedAt === null || !isOver(job.status) ? null : when(job.finishedAt)],
    ['Retry pause', job.maxRetries === 0 ? null : `${roughly(job.retryDelay)}, ${job.retryBackoff}`],
    ['Timeout', roughly(job.timeout)],
    ['Schedule', job.schedule === null ? null : <a href={to('/schedules')}>{job.schedule}</a>],
    ['Worker', job.worker === null ? null : <code>{job.worker}</code>],
  ];
  return (
    <aside aria-label="Facts">
      <dl class="facts">
        {rows
          .filter(([, value]) => value !== null)
          .map(([name, value]) => (
            <div>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
    </aside>
  );
}
