// Acting on all jobs that match: what is offered, the question before it, and how far the job is that does it.
/** @jsxImportSource hono/jsx */
import type { Job, QueueMetrics } from '@phraseworks/sdk';
import { yesTo } from '../act.tsx';
import { jobPath } from '../address.ts';
import { Bar } from '../job/progress.tsx';
import { shown } from '../job/shown.ts';
import { StateMark } from '../state.tsx';
import type { Visit } from '../visit.ts';
import { count, number } from '../wording.ts';
import { ACT_NAMES, type Act, isAct, matching, offered } from './bulk.ts';
import { type ListQuery, queryOf } from './query.ts';

/** `Retry all 59 matching jobs?` */
function question(act: Act, n: number | undefined): string {
  const which =
    n === undefined ? 'all matching jobs' : n === 1 ? 'the 1 matching job' : `all ${number(n)} matching jobs`;
  return act === 'run' ? `Run ${which} now?` : `${ACT_NAMES[act]} ${which}?`;
}

const doneOf = (done: number, matched: number) => `${number(done)} of ${count(matched, 'job')}`;

interface OfferProps {
  visit: Visit;
  list: ListQuery;
  metrics: QueueMetrics;
}

export function BulkOffer({ visit, list, metrics }: OfferProps) {
  if (!visit.may.operate) return null;
  const { to } = visit;
  const acts = offered(list).filter((act) => matching(act, list, metrics) !== 0);
  if (acts.length === 0) return null;
  return (
    <p class="bulk-offer">
      <span class="faint">All matching jobs:</span>
      {acts.map((act) => (
        <a href={to('/', { ...queryOf({ ...list, cursor: undefined }), ask: act })}>{ACT_NAMES[act]}</a>
      ))}
    </p>
  );
}

export function BulkQuestion({ visit, list, metrics }: OfferProps) {
  const { to, query } = visit;
  const act = query.ask ?? '';
  if (!visit.may.operate || !isAct(act) || !offered(list).includes(act)) return null;
  const back = queryOf({ ...list, cursor: undefined });
  return (
    <section class="bulk ask" data-key={`ask-${act}`}>
      <h2>{question(act, matching(act, list, metrics))}</h2>
      <p class="faint">
        {act === 'delete' ? 'Their data, results, logs and files will be permanently deleted. ' : null}
        This runs as a background job you can follow or cancel.
      </p>
      <div class="buttons">
        <form method="post" action={to('/act/jobs', { ...back, scope: 'all', step: act })}>
          <button type="submit" class={act === 'delete' ? 'danger' : undefined}>
            {yesTo(ACT_NAMES[act])}
          </button>
        </form>
        <a class="button" href={to('/', back)}>
          No
        </a>
      </div>
    </section>
  );
}

interface BulkData {
  action: Act;
}

interface BulkResult {
  matched: number;
  done: number;
  refused: Record<string, number>;
}

/** `job` is the bulk job; with an old address it may be gone, or be another one. */
export function BulkProgress({ visit: { to }, list, job }: { visit: Visit; list: ListQuery; job: Job }) {
  const { action } = job.data as BulkData;
  return (
    <section class="bulk" data-key={`bulk-${job.id}`}>
      <h2>
        {isAct(action) ? ACT_NAMES[action] : job.type} <StateMark state={job.status} />
      </h2>
      <p class="bulk-offer">
        {resultText(job)} <a href={to(jobPath(job.id))}>View job</a>
        <a href={to('/', queryOf(list))}>Dismiss</a>
      </p>
      {job.status === 'processing' && job.progress ? <Bar progress={job.progress} /> : null}
      {job.error === null ? null : <p class="error">{shown(job.error)}</p>}
    </section>
  );
}

function resultText({ progress, result }: Job): string {
  if (result !== null) {
    const { matched, done, refused } = result as BulkResult;
    const left = Object.values(refused).reduce((sum, n) => sum + n, 0);
    if (matched === 0) return 'No matching jobs.';
    return left === 0 ? `${doneOf(done, matched)}.` : `${doneOf(done, matched)}, ${number(left)} skipped.`;
  }
  return progress?.total === undefined ? '' : `${doneOf(progress.processed ?? 0, progress.total)}.`;
}
