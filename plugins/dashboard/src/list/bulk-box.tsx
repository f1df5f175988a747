// Acting on all jobs that match: what is offered, the question before it, and how far the job is that does it.
/** @jsxImportSource hono/jsx */
import type { Job, QueueMetrics } from '@phraseworks/sdk';
import { jobPath } from '../address.ts';
import { Bar } from '../job/progress.tsx';
import { shown } from '../job/shown.ts';
import { StateMark } from '../state.tsx';
import type { Visit } from '../visit.ts';
import { type Act, isAct, matching, offered } from './bulk.ts';
import { type ListQuery, queryOf } from './query.ts';

interface OfferProps {
  visit: Visit;
  list: ListQuery;
  metrics: QueueMetrics;
}

export function BulkOffer({ visit, list, metrics }: OfferProps) {
  if (!visit.may.operate) return null;
  const { to, words } = visit;
  const acts = offered(list).filter((act) => matching(act, list, metrics) !== 0);
  if (acts.length === 0) return null;
  return (
    <p class="bulk-offer">
      <span class="faint">{words.list.forAll}</span>
      {acts.map((act) => (
        <a href={to('/', { ...queryOf({ ...list, cursor: undefined }), ask: act })}>{words.list.acts[act]}</a>
      ))}
    </p>
  );
}

export function BulkQuestion({ visit, list, metrics }: OfferProps) {
  const { to, words, query } = visit;
  const act = query.ask ?? '';
  if (!visit.may.operate || !isAct(act) || !offered(list).includes(act)) return null;
  const say = words.list;
  const back = queryOf({ ...list, cursor: undefined });
  return (
    <section class="bulk ask" data-key={`ask-${act}`}>
      <h2>{say.actAll[act](matching(act, list, metrics))}</h2>
      <p class="faint">
        {act === 'delete' ? `${say.askDelete} ` : null}
        {say.askAbout}
      </p>
      <div class="buttons">
        <form method="post" action={to('/act/jobs', { ...back, scope: 'all', step: act })}>
          <button type="submit" class={act === 'delete' ? 'danger' : undefined}>
            {words.frame.yes(say.acts[act])}
          </button>
        </form>
        <a class="button" href={to('/', back)}>
          {words.frame.no}
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
export function BulkProgress({ visit: { to, words }, list, job }: { visit: Visit; list: ListQuery; job: Job }) {
  const say = words.list;
  const { action } = job.data as BulkData;
  return (
    <section class="bulk" data-key={`bulk-${job.id}`}>
      <h2>
        {say.bulkTitle[action] ?? job.type} <StateMark state={job.status} words={words} />
      </h2>
      <p class="bulk-offer">
        {resultText(job, say)} <a href={to(jobPath(job.id))}>{say.itsJob}</a>
        <a href={to('/', queryOf(list))}>{say.dismiss}</a>
      </p>
      {job.status === 'processing' && job.progress ? <Bar progress={job.progress} words={words} /> : null}
      {job.error === null ? null : <p class="error">{shown(job.error)}</p>}
    </section>
  );
}

function resultText({ progress, result }: Job, say: Visit['words']['list']): string {
  if (result !== null) {
    const { matched, done, refused } = result as BulkResult;
    const left = Object.values(refused).reduce((sum, n) => sum + n, 0);
    if (matched === 0) return say.bulkNone;
    return left === 0 ? `${say.bulkOf(done, matched)}.` : `${say.bulkOf(done, matched)}, ${say.bulkLeft(left)}.`;
  }
  return progress?.total === undefined ? '' : `${say.bulkOf(progress.processed ?? 0, progress.total)}.`;
}
