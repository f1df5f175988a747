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

export function Facts({ visit: { to, now, words }, job }: { visit: Visit; job: Job }) {
  const say = words.job.facts;
  const when = (at: string | null): Child | null => (at === null ? null : <When at={at} now={now} />);
  const due = job.status === 'pending' && job.runAt !== null && msOf(job.runAt) > now ? job.runAt : null;
  const rows: [string, Child | null][] = [
    [say.id, <code>{job.id}</code>],
    [say.type, <a href={to('/', { type: job.type })}>{name(job.type)}</a>],
    [say.plugin, job.plugin === null ? null : <a href={to(`/plugin/${id(job.plugin)}`)}>{name(job.plugin)}</a>],
    [say.lane, job.lane === `${job.plugin}/${job.type}` ? null : name(job.lane)],
    [say.priority, job.priority],
    [say.attempt, job.attempt === 0 ? say.none(job.maxRetries + 1) : attemptOf(job, words.list)],
    [say.crashes, job.crashes === 0 ? null : String(job.crashes)],
    [say.added, when(job.createdAt)],
    [say.due, due === null ? null : <When at={due} now={now} due />],
    [say.started, when(job.startedAt)],
    [say.ended, isOver(job.status) ? when(job.finishedAt) : null],
    [say.pause, job.maxRetries === 0 ? null : `${roughly(job.retryDelay)}, ${job.retryBackoff}`],
    [say.timeout, roughly(job.timeout)],
    [say.schedule, job.schedule === null ? null : <a href={to(schedulePath(job.schedule))}>{name(job.schedule)}</a>],
    [say.worker, job.worker === null ? null : <code>{name(job.worker)}</code>],
  ];
  return (
    <aside aria-label={say.title}>
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
