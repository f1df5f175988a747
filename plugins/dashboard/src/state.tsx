// States in words: never by colour alone.
/** @jsxImportSource hono/jsx */
import type { Job, JobState, ParkReason, PluginState } from '@phraseworks/sdk';
import { msOf, When } from './time.tsx';

/** In the order of the tabs. */
export const STATES: readonly JobState[] = ['pending', 'processing', 'completed', 'failed', 'cancelled', 'parked'];
export const isState = (text: string): text is JobState => (STATES as readonly string[]).includes(text);
export const isOver = (state: JobState): boolean =>
  state === 'completed' || state === 'failed' || state === 'cancelled';

const PARKED: Record<ParkReason, string> = {
  plugin_disabled: 'its plugin is off',
  plugin_failed: 'its plugin did not start',
  plugin_waiting: 'its plugin waits for another one',
  no_processor: 'no plugin has a processor for its type',
  paused: 'its type or lane is paused',
  limit: 'a limit of its plugin is reached',
  dependency: 'another job has to end first',
  held: 'a person holds it',
};

export const parkedBecause = (reason: string | null): string =>
  PARKED[reason as ParkReason] ?? (reason === null ? 'the reason is not known' : reason);

export const StateMark = ({ state }: { state: JobState | PluginState | 'paused' }) => (
  <span class={`state ${state}`}>{state}</span>
);

/** Waits for another attempt after one that failed. */
export const isRetrying = (job: Job): boolean => job.status === 'pending' && job.attempt > 0 && job.error !== null;

/** What is to be said beside the state; nothing when the state says it all. */
export function StateDetail({ job, now }: { job: Job; now: number }) {
  switch (job.status) {
    case 'pending':
      return <Due job={job} now={now} />;
    case 'processing':
      return job.progress ? <small>{Math.round(job.progress.percentage)} %</small> : null;
    case 'parked':
      return <small>{parkedBecause(job.reason)}</small>;
    case 'failed':
    case 'cancelled':
      return job.reason === null || job.reason === job.status ? null : <small>{job.reason.replaceAll('_', ' ')}</small>;
    case 'completed':
      return null;
  }
}

function Due({ job, now }: { job: Job; now: number }) {
  const waits = job.runAt !== null && msOf(job.runAt) > now;
  if (!waits || job.runAt === null) return isRetrying(job) ? <small>retry is due</small> : null;
  return (
    <small>
      {isRetrying(job) ? 'retry' : 'due'} <When at={job.runAt} now={now} due />
    </small>
  );
}

const SOON = 60_000;

/** Will this job change by itself within a minute? */
export const isMoving = (job: Job, now: number): boolean =>
  job.status === 'processing' || (job.status === 'pending' && (job.runAt === null || msOf(job.runAt) - now < SOON));
