// The facts of a job, as a list of names and values.
/** @jsxImportSource hono/jsx */
import type { Job } from '@phraseworks/sdk';
import type { Child } from 'hono/jsx';
import { attemptOf } from '../list/job-table.tsx';
import { schedulePath } from '../schedule/read.ts';
import { isOver } from '../state.tsx';
import { msOf, roughly, When } from '../time.tsx';
import type { Visit } from '../visit.ts';
import { shown } from './shown.ts';

const id = encodeURIComponent;
const name = (text: string): string => shown(text, 200);

export function Facts({ visit: { to, now }, job }: { visit: Visit; job: Job }) {
  const when = (at: string | null): Child | null => (at === null ? null : <When at={at} now={now} />);
  const due = job.status === 'pending' && job.runAt !== null && msOf(job.runAt) > now ? job.runAt : null;
  const rows: [string, Child | null][] = [
    ['ID', <code>{job.id}</code>],
    ['Type', <a href={to('/', { type: job.type })}>{name(job.type)}</a>],
    ['Plugin', job.plugin === null ? null : <a href={to(`/plugin/${id(job.plugin)}`)}>{name(job.plugin)}</a>],
    ['Queue', job.lane === `${job.plugin}/${job.type}` ? null : name(job.lane)],
    ['Priority', job.priority],
    ['Attempt', job.attempt === 0 ? `0 / ${job.maxRetries + 1}` : attemptOf(job)],
    ['Crashes', job.crashes === 0 ? null : String(job.crashes)],
    ['Added', when(job.createdAt)],
    ['Due', due === null ? null : <When at={due} now={now} due />],
    ['Started', when(job.startedAt)],
    ['Finished', isOver(job.status) ? when(job.finishedAt) : null],
    ['Retry delay', job.maxRetries === 0 ? null : `${roughly(job.retryDelay)}, ${job.retryBackoff}`],
    ['Timeout', roughly(job.timeout)],
    ['Schedule', job.schedule === null ? null : <a href={to(schedulePath(job.schedule))}>{name(job.schedule)}</a>],
    ['Worker', job.worker === null ? null : <code>{name(job.worker)}</code>],
  ];
  return (
    <aside aria-label="Details">
      <dl class="facts">
        {rows
          .filter(([, value]) => value !== null)
          .map(([label, value]) => (
            <div>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
    </aside>
  );
}
