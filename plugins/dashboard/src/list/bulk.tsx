// Bulk actions on selected or all matching jobs: which are offered, their confirmation, and their progress.
/** @jsxImportSource hono/jsx */
import type { Job, JobStateFilter, QueueMetrics } from '@phraseworks/sdk';
import { yesTo } from '../act.tsx';
import { jobPath } from '../address.ts';
import { Icon, type IconName } from '../icons.tsx';
import { Menu } from '../parts.tsx';
import { Bar, countIn, isOver, JobMark, shownState, stateIn } from '../state.tsx';
import { count, number, shown } from '../text.ts';
import type { Visit } from '../visit.ts';
import { filterOf, isNarrowed, type ListQuery, type OnList, pagesOf } from './filters.tsx';

interface ActInfo {
  label: string;
  icon: IconName;
  /** The states that it applies to. */
  states: readonly JobStateFilter[];
  /** What else it does, before it is confirmed. */
  warning?: string;
}

/** What can be done with many jobs. */
const ACTS = {
  retry: { label: 'Retry', icon: 'retry', states: ['failed'] },
  run: { label: 'Run now', icon: 'run', states: ['delayed'] },
  cancel: {
    label: 'Cancel',
    icon: 'close',
    states: ['pending', 'parked', 'blocked', 'processing'],
    warning: 'Running jobs will be asked to stop.',
  },
  delete: {
    label: 'Delete',
    icon: 'delete',
    states: ['completed', 'failed', 'cancelled', 'parked', 'pending', 'blocked'],
    warning: 'Their data, results, logs and files will be permanently deleted.',
  },
} as const satisfies Record<string, ActInfo>;

export type Act = keyof typeof ACTS;
export const isAct = (text: string): text is Act => Object.hasOwn(ACTS, text);
export const infoOf = (act: Act): ActInfo => ACTS[act];

/** The states that an action on all jobs of the list covers: any finished job can be retried, but cancelled and completed ones only where the list shows that state. */
export function statesOf(act: Act, { status, by }: ListQuery): readonly JobStateFilter[] {
  const { states } = infoOf(act);
  if (status === undefined) return by === 'ended' ? states.filter((state) => isOver(stateIn(state))) : states;
  const state = stateIn(status);
  if (act === 'run') return state === 'pending' && status !== 'ready' ? states : [];
  return states.includes(state) || (act === 'retry' && isOver(state)) ? [status] : [];
}

export const offered = (list: ListQuery): Act[] =>
  (Object.keys(ACTS) as Act[]).filter((act) => statesOf(act, list).length > 0);

interface Matching {
  /** Without states that no job is in. */
  byState: [JobStateFilter, number][];
  total: number;
  /** There are more: counting stopped. */
  capped: boolean;
}

const matchingOf = (byState: [JobStateFilter, number][], capped = false): Matching => ({
  byState: byState.filter(([, n]) => n > 0),
  total: byState.reduce((sum, [, n]) => sum + n, 0),
  capped,
});

/** How many jobs match; undefined if no stored count tells. */
function matching(act: Act, list: ListQuery, metrics: QueueMetrics): Matching | undefined {
  if (isNarrowed(list)) return undefined;
  const counts = list.type === undefined ? metrics : metrics.types[list.type];
  return matchingOf(statesOf(act, list).map((state) => [state, countIn(counts, state)]));
}

/** Milliseconds to count for. */
const COUNT_FOR = 3_000;
/** The most jobs that one bulk action covers. */
const MOST_AT_ONCE = 100_000;

/** Counts the jobs one by one where no stored count tells. */
async function countMatching(act: Act, list: ListQuery, visit: Visit): Promise<Matching> {
  const found = new Map<JobStateFilter, number>(statesOf(act, list).map((state) => [state, 0]));
  const { now, clock } = visit;
  const wanted = { ...filterOf(list, now), status: [...found.keys()], brief: true };
  const begun = clock.now();
  for await (const { jobs, nextCursor } of pagesOf(visit, wanted)) {
    for (const { status } of jobs) {
      const state = list.status ?? status;
      found.set(state, (found.get(state) ?? 0) + 1);
    }
    if (clock.now() - begun >= COUNT_FOR) return matchingOf([...found], nextCursor !== null);
  }
  return matchingOf([...found]);
}

/** The action that the address asks to confirm, with what it covers. An update of the page does not count again. */
export async function askedAct(visit: Visit, list: ListQuery, metrics: QueueMetrics) {
  const { ask = '', held } = visit.query;
  if (!visit.may.operate || !visit.bulk || !isAct(ask) || !offered(list).includes(ask)) return undefined;
  if (held !== undefined || visit.isUpdate) return { act: ask };
  return { act: ask, ...(matching(ask, list, metrics) ?? (await countMatching(ask, list, visit))) };
}

/** `Retry 59 failed jobs?`, `Delete 1,203 jobs?`; without a number if it is not known. */
function question(act: Act, { byState, total, capped }: Matching): string {
  const [only, ...others] = byState;
  const state = only && others.length === 0 ? `${only[0]} ` : '';
  const part = total > MOST_AT_ONCE ? `${number(MOST_AT_ONCE)} of ` : '';
  const which = capped ? `all matching ${state}jobs` : `${part}${count(total, `${state}job`)}`;
  return act === 'run' ? `Run ${which} now?` : `${ACTS[act].label} ${which}?`;
}

const doneOf = (done: number, matched: number) => `${number(done)} of ${count(matched, 'job')}`;

interface OfferProps extends OnList {
  metrics: QueueMetrics;
  /** All jobs that match, if they are known; no action is offered that applies to none of them. */
  known: readonly Job[] | undefined;
}

/** The list as a file, and actions on all matching jobs. */
export function BulkOffer({ visit, list, metrics, known }: OfferProps) {
  const { to, may, bulk, now } = visit;
  const isOffered = (act: Act): boolean => {
    if (!known) return matching(act, list, metrics)?.total !== 0;
    const states = statesOf(act, list);
    return known.some((job) => states.includes(job.status) || states.includes(shownState(job, now)));
  };
  const acts = may.operate && bulk ? offered(list).filter(isOffered) : [];
  return (
    <Menu name="actions" label="Actions" icon="more">
      <a href={to('/jobs.csv', list)} download>
        <Icon name="download" />
        Save as CSV
      </a>
      {acts.length === 0 ? null : <small class="faint">All matching jobs</small>}
      {acts.map((act) => (
        <a class={act === 'delete' ? 'danger' : undefined} href={to('/', { ...list, ask: act })}>
          <Icon name={ACTS[act].icon} />
          {act === 'retry' && list.status === undefined ? 'Retry failed' : ACTS[act].label}
        </a>
      ))}
    </Menu>
  );
}

/** Deleting more jobs than this takes a typed word. */
const MOST_UNTYPED = 100;

type Asked = NonNullable<Awaited<ReturnType<typeof askedAct>>>;

export function BulkQuestion({ visit: { to }, list, asked }: OnList & { asked: Asked }) {
  const { act } = asked;
  const key = `ask-${act}`;
  if (!('total' in asked)) return <section data-key={key} data-held />;
  const { byState, total, capped } = asked;
  const { label, warning } = infoOf(act);
  return (
    <section class="bulk ask" data-key={key}>
      <h2>{total > 0 || capped ? question(act, asked) : 'No matching jobs.'}</h2>
      {total === 0 ? null : (
        <p>
          {capped ? `There are too many to count here: at least ${count(total, 'job')}. ` : null}
          {byState.length < 2
            ? null
            : `${capped ? 'At least: ' : ''}${byState.map(([state, n]) => `${number(n)} ${state}`).join(', ')}. `}
          {total > MOST_AT_ONCE ? 'The newest come first: repeat this for the rest. ' : null}
          {warning} This runs as a background job you can follow or cancel.
        </p>
      )}
      <form class="buttons" method="post" action={to('/act/jobs', { ...list, scope: 'all', step: act })} novalidate>
        {act === 'delete' && total > 0 && (capped || total > MOST_UNTYPED) ? (
          <label>
            Type <b>delete</b> to confirm: <input name="typed" required autofocus autocomplete="off" size={8} />
          </label>
        ) : null}
        {total === 0 ? null : (
          <button type="submit" class={act === 'delete' ? 'danger' : undefined}>
            {yesTo(label)}
          </button>
        )}
        <a class="button" href={to('/', list)} autofocus>
          {total === 0 ? 'Close' : 'No'}
        </a>
      </form>
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

export function BulkProgress({ visit: { to, now }, list, job }: OnList & { job: Job }) {
  const { action } = job.data as BulkData;
  return (
    <section class="bulk" data-key={`bulk-${job.id}`}>
      <h2>
        {isAct(action) ? ACTS[action].label : job.type} <JobMark job={job} now={now} />
      </h2>
      <p class="places">
        {resultText(job)} <a href={to(jobPath(job.id))}>View job</a>
        <a href={to('/', list)}>Dismiss</a>
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
