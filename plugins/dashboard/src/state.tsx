// States as text, never as colour alone, and the progress of a job.
/** @jsxImportSource hono/jsx */
import type { Attempt, Job, JobState, JobStateFilter, PluginState, Progress, TypeMetrics } from '@phraseworks/sdk';
import { Icon, type IconName } from './icons.tsx';
import { capital, shown } from './text.ts';
import { msOf, When } from './time.tsx';

export const Bar = ({ progress }: { progress: Progress }) => (
  <progress max={100} value={progress.percentage} aria-label="Progress">
    {Math.round(progress.percentage)} %
  </progress>
);

/** `40 %, 4 of 10, resizing`. */
export function progressText({ percentage, processed, total, message }: Progress): string {
  const parts = [`${Math.round(percentage)} %`];
  if (processed !== undefined) parts.push(total === undefined ? `${processed} done` : `${processed} of ${total}`);
  if (message) parts.push(message);
  return parts.join(', ');
}

/** Why a job is parked or blocked. */
const REASONS: Record<string, string> = {
  plugin_disabled: 'plugin disabled',
  plugin_failed: 'plugin failed to start',
  plugin_waiting: 'plugin is waiting for a dependency',
  no_processor: 'no handler for this job type',
  paused: 'paused',
  data_version: 'data does not fit this version',
  after: 'waits for other jobs',
  limit: 'waits for its limit',
  signal: 'waits for a signal',
  sleep: 'sleeps',
};

const LONGEST_REASON = 200;

/** In the order of the tabs. */
export const STATES: readonly JobStateFilter[] = [
  ...(['pending', 'ready', 'delayed', 'blocked'] as const),
  ...(['processing', 'completed', 'failed', 'cancelled', 'parked'] as const),
];
export const isState = (text: string): text is JobStateFilter => (STATES as readonly string[]).includes(text);
/** What the jobs of a list have as their state. */
export const stateIn = (status: JobStateFilter): JobState =>
  status === 'ready' || status === 'delayed' ? 'pending' : status;
export const countIn = (counts: TypeMetrics | undefined, status: JobStateFilter): number =>
  status === 'ready' ? (counts?.pending ?? 0) - (counts?.delayed ?? 0) : (counts?.[status] ?? 0);
export const isOver = (state: JobState): boolean =>
  state === 'completed' || state === 'failed' || state === 'cancelled';

/** Codes such as `result_too_large` are ours; anything else may be a processor's own text. */
export function reasonText(reason: string | null): string {
  if (reason === null) return 'unknown reason';
  if (Object.hasOwn(REASONS, reason)) return REASONS[reason] ?? '';
  return shown(/^[a-z_]+$/.test(reason) ? reason.replaceAll('_', ' ') : reason, LONGEST_REASON);
}

type State = JobStateFilter | PluginState | Attempt['outcome'] | 'paused';

/** Those of plugins and attempts look like the states of jobs that they are most like. */
const ICONS: Record<State, IconName> = {
  ...{ pending: 'ready', ready: 'ready', delayed: 'delayed', blocked: 'blocked', processing: 'processing' },
  ...{ completed: 'completed', failed: 'failed', cancelled: 'cancelled', parked: 'parked', paused: 'parked' },
  ...{ on: 'completed', off: 'cancelled', waiting: 'delayed', starting: 'processing', stopping: 'processing' },
  ...{ running: 'processing', crashed: 'failed', snoozed: 'delayed', retry: 'failed', released: 'ready' },
};

interface MarkProps {
  state: State;
  /** Instead of the state's own name. */
  text?: string | undefined;
}

/** A state looks the same on all pages. */
export const StateMark = ({ state, text = capital(state) }: MarkProps) => (
  <span class={`state ${state}`}>
    <Icon name={ICONS[state]} />
    {text}
  </span>
);

/** Pages distinguish ready from delayed jobs, which are both pending. */
export function shownState({ status, runAt }: Job, now: number): JobStateFilter {
  if (status !== 'pending') return status;
  return runAt !== null && msOf(runAt) > now ? 'delayed' : 'ready';
}

export const JobMark = ({ job, now }: { job: Job; now: number }) => <StateMark state={shownState(job, now)} />;

/** Waiting for another attempt after a failure. */
export const isRetrying = (job: Job): boolean => job.status === 'pending' && job.attempt > 0 && job.error !== null;

/** Null for one that was overcome: of a job that completed after all, or runs again. */
export const presentError = ({ status, error }: Pick<Job, 'status' | 'error'>): string | null =>
  status === 'completed' || status === 'processing' ? null : error;

/** Details beside the state, if there are any. */
export function StateDetail({ job, now }: { job: Job; now: number }) {
  const { status, progress, reason } = job;
  if (status === 'pending') return <Due job={job} now={now} />;
  if (status === 'processing') return progress ? <small>{Math.round(progress.percentage)} %</small> : null;
  if (status === 'parked') return <small title={reasonText(reason)}>{reasonText(reason)}</small>;
  return reason === null || reason === status ? null : <small>{reasonText(reason)}</small>;
}

function Due({ job, now }: { job: Job; now: number }) {
  const retry = isRetrying(job) ? 'retry ' : '';
  if (job.runAt === null || shownState(job, now) === 'ready') return retry === '' ? null : <small>retry due</small>;
  return (
    <small>
      {retry}
      <When at={job.runAt} now={now} due />
    </small>
  );
}
