// Bulk actions on selected or all matching jobs: which are offered, their confirmation, and their progress.
/** @jsxImportSource hono/jsx */
import type { Job, JobState, QueueMetrics } from '@phraseworks/sdk';
import { yesTo } from '../act.tsx';
import { jobPath } from '../address.ts';
import { Bar, StateMark } from '../state.tsx';
import { count, number, shown } from '../text.ts';
import type { Visit } from '../visit.ts';
import { isNarrowed, type ListQuery, queryOf } from './filters.tsx';

/** The states that each action applies to. */
const STATES = {
  retry: ['failed', 'cancelled'],
  run: ['pending', 'parked'],
  cancel: ['pending', 'parked', 'processing'],
  delete: ['completed', 'failed', 'cancelled', 'parked', 'pending'],
} as const satisfies Record<string, readonly JobState[]>;

export type Act = keyof typeof STATES;

export const ACTS = Object.keys(STATES) as Act[];
export const isAct = (text: string): text is Act => Object.hasOwn(STATES, text);

export const ACT_NAMES: Record<Act, string> = { retry: 'Retry', cancel: 'Cancel', run: 'Run now', delete: 'Delete' };

/** A completed job can be retried too, but only if the list shows completed jobs. */
export function can(act: Act, state: JobState): boolean {
  return (STATES[act] as readonly JobState[]).includes(state) || (act === 'retry' && state === 'completed');
}

export const offered = ({ status }: Pick<ListQuery, 'status'>): Act[] =>
  ACTS.filter((act) => status === undefined || can(act, status));

/** How many jobs match; undefined if no stored count tells. */
export function matching(act: Act, list: ListQuery, metrics: QueueMetrics): number | undefined {
  if (isNarrowed(list)) return undefined;
  const counts = list.type === undefined ? metrics : metrics.types[list.type];
  const states = list.status === undefined ? STATES[act] : [list.status];
  return states.reduce((sum, state) => sum + (counts?.[state] ?? 0), 0);
}

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
