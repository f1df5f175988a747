// One job: its state and why, what can be done, its life, its attempts, its log, its data and its result.
/** @jsxImportSource hono/jsx */
import type { Job } from '@phraseworks/sdk';
import { ActButton } from '../act.tsx';
import { Attempts } from '../job/attempts.tsx';
import { Commands } from '../job/commands.tsx';
import { Facts } from '../job/facts.tsx';
import { JsonBox } from '../job/json-box.tsx';
import { Places } from '../job/places.tsx';
import { Bar, progressText } from '../job/progress.tsx';
import { Timeline } from '../job/timeline.tsx';
import type { Page } from '../layout.tsx';
import { Live } from '../live.tsx';
import { isMoving, isOver, StateMark } from '../state.tsx';
import { summaryOf } from '../summary.ts';
import { msOf } from '../time.tsx';
import type { Visit } from '../visit.ts';

export async function jobPage(visit: Visit, id: string): Promise<Page> {
  const { api, now, to } = visit;
  const [job, { why }, { events, attempts }, { logs }] = await Promise.all([
    api.job(id),
    api.why(id),
    api.history(id),
    api.logs(id),
  ]);
  const summary = summaryOf(job);
  const live = visit.query.live !== '0';
  const query = live ? {} : { live: '0' };
  const moving = isMoving(job, now);

  return {
    title: `${job.type}: ${summary}`,
    renew: live && moving ? query : undefined,
    children: (
      <article class="job">
        <div class="trail">
          <p>
            <a href={to('/')}>Jobs</a> / <a href={to('/', { type: job.type })}>{job.type}</a>
          </p>
          <Live visit={visit} query={query} live={live} moving={moving} />
        </div>
        <h1>{summary}</h1>
        <p class="why">
          <StateMark state={job.status} /> {why}
        </p>
        {job.message === null ? null : <p class="message">{job.message}</p>}
        {job.error === null || job.status === 'completed' ? null : <pre class="error-box">{job.error}</pre>}
        {job.progress === null || job.status === 'completed' ? null : (
          <p class="progress">
            <Bar progress={job.progress} /> {progressText(job.progress)}
          </p>
        )}
        <Places base={visit.base} result={job.result} />
        <Buttons visit={visit} job={job} />
        <div class="columns">
          <div>
            <Timeline entries={events} now={now} />
            <Attempts attempts={attempts} logs={logs} now={now} />
          </div>
          <Facts visit={visit} job={job} />
        </div>
        <JsonBox title="Data" value={job.data} />
        {job.result === null ? null : <JsonBox title="Result" value={job.result} />}
        {job.metrics === null ? null : <JsonBox title="Measured" value={job.metrics} />}
        <Commands job={job} url={`${visit.origin}${to(`/api/jobs/${encodeURIComponent(job.id)}`)}`} />
      </article>
    ),
  };
}

function Buttons({ visit, job }: { visit: Visit; job: Job }) {
  const on = (step: 'retry' | 'cancel' | 'run') => ({ kind: 'job', name: job.id, step }) as const;
  const waits = job.status === 'pending' && job.runAt !== null && msOf(job.runAt) > visit.now;
  return (
    <div class="buttons">
      {waits || (job.status === 'parked' && job.reason === 'held') ? (
        <ActButton visit={visit} label="Run now" on={on('run')} />
      ) : null}
      {isOver(job.status) ? (
        <ActButton visit={visit} label={job.status === 'failed' ? 'Retry' : 'Run again'} on={on('retry')} />
      ) : (
        <ActButton visit={visit} label="Cancel" on={on('cancel')} />
      )}
    </div>
  );
}
