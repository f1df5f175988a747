// The state machine as one table: every change of a job's state is one of these steps. docs/architecture.md draws it.
import type { Attempt, HistoryEntry, JobEvent, JobState, JobStateFilter } from '@phraseworks/sdk';
import { JOB_STATES } from '@phraseworks/sdk/host';

/** The states in the table. `pending` outside is `ready` or `scheduled` inside: only ready rows are in the claim index. */
export type StoredState = 'ready' | 'scheduled' | 'blocked' | 'processing' | 'completed' | 'failed' | 'cancelled';

interface Step {
  /** Empty for the step that makes the job. */
  from: readonly StoredState[];
  to: StoredState;
  /** The step leads to this state instead when the job has to wait for a time. */
  or?: 'scheduled';
  /** Sent to listeners after the commit. */
  event?: JobEvent['event'];
  /** The entry in the job's history. Without it, the attempts show the step, or nothing does. */
  history?: HistoryEntry['event'];
  /** Only the attempt that holds the job may do it: its node and its run guard the write. */
  holdsClaim?: true;
  /** How the attempt ended. */
  outcome?: Attempt['outcome'];
}

const WAITING = ['ready', 'scheduled'] as const;
const HELD = { from: ['processing'], holdsClaim: true } as const;

const steps = {
  add: { from: [], to: 'ready', or: 'scheduled', event: 'job_added' },
  /** Adds it behind another job of its key. */
  addBlocked: { from: [], to: 'blocked', event: 'job_added' },
  /** There is no place left for it at the limit of its type. */
  block: { from: ['ready'], to: 'blocked' },
  unblock: { from: ['blocked'], to: 'ready', or: 'scheduled' },
  /** A later job of its key takes the place of this one. */
  replace: { from: WAITING, to: 'ready', or: 'scheduled', history: 'job_replaced' },
  replaceBlocked: { from: ['blocked'], to: 'blocked', history: 'job_replaced' },
  /** It runs later, since its key was added again. */
  postpone: { from: WAITING, to: 'ready', or: 'scheduled' },
  /** It failed while a later job of its key waits. */
  supersede: { from: WAITING, to: 'cancelled', event: 'job_cancelled', history: 'job_cancelled' },
  /** It is due, or its time to wait for a signal has run out. */
  promote: { from: ['scheduled', 'blocked'], to: 'ready' },
  run: { from: ['scheduled'], to: 'ready' },
  claim: { from: ['ready'], to: 'processing', event: 'job_started' },

  complete: { ...HELD, to: 'completed', event: 'job_completed', outcome: 'completed' },
  retry: { ...HELD, to: 'ready', or: 'scheduled', event: 'job_retry', outcome: 'retry' },
  fail: { ...HELD, to: 'failed', event: 'job_failed', outcome: 'failed' },
  snooze: { ...HELD, to: 'scheduled', history: 'job_snoozed', outcome: 'snoozed' },
  /** Until a signal comes. */
  wait: { ...HELD, to: 'blocked', history: 'job_waiting', outcome: 'snoozed' },
  discard: { ...HELD, to: 'cancelled', event: 'job_cancelled', history: 'job_cancelled', outcome: 'cancelled' },
  release: { ...HELD, to: 'ready', or: 'scheduled', history: 'job_released' },
  /** It closed its limit. */
  limit: { ...HELD, to: 'ready', history: 'job_limited', outcome: 'released' },

  signal: { from: ['blocked'], to: 'ready', history: 'job_signalled' },
  rescue: { from: ['processing'], to: 'ready', history: 'job_released' },
  crash: { from: ['processing'], to: 'failed', event: 'job_failed', history: 'job_failed' },
  cancel: {
    from: [...WAITING, 'blocked', 'processing'],
    to: 'cancelled',
    event: 'job_cancelled',
    history: 'job_cancelled',
  },
  /** It had not begun when its time was over. */
  expire: {
    from: [...WAITING, 'blocked', 'processing'],
    to: 'cancelled',
    event: 'job_cancelled',
    history: 'job_cancelled',
  },
  /** Its time was over before its next attempt. */
  giveUp: { from: [...WAITING, 'blocked', 'processing'], to: 'failed', event: 'job_failed', history: 'job_failed' },
  /** It was cancelled because of a job before it, which runs again. */
  putBack: { from: ['cancelled'], to: 'blocked', event: 'job_added', history: 'job_requeued' },
  requeue: { from: ['completed', 'failed', 'cancelled'], to: 'ready', event: 'job_added', history: 'job_requeued' },
} as const satisfies Record<string, Step>;

/** The reasons of a job that waits at a step of its own: blocked until a signal comes, or scheduled. */
export const [FOR_SIGNAL, FOR_TIME] = ['signal', 'sleep'] as const;

export type StepName = keyof typeof steps;
export const STEPS: { readonly [Name in StepName]: Step & (typeof steps)[Name] } = steps;

/** The steps of an attempt, and those of everybody else on a stored job that is not claimed with them. */
export type HeldStep = {
  [Name in StepName]: (typeof steps)[Name] extends { holdsClaim: true } ? Name : never;
}[StepName];
export type FreeStep = Exclude<StepName, HeldStep | 'add' | 'addBlocked' | 'claim'>;

/** The state after a step for a job that has to wait until `dueAt`, or need not wait. */
export const targetOf = (step: StepName, dueAt: number | null): StoredState => {
  const { to, or }: Step = STEPS[step];
  return or && dueAt !== null ? or : to;
};

/** The stored states that a filter covers, and of which types: `parked` jobs are waiting jobs of held types. */
const COVERED: Record<JobStateFilter, { states: readonly StoredState[]; held?: boolean }> = {
  pending: { states: WAITING, held: false },
  ready: { states: ['ready'], held: false },
  delayed: { states: ['scheduled'], held: false },
  blocked: { states: ['blocked'] },
  parked: { states: WAITING, held: true },
  processing: { states: ['processing'] },
  completed: { states: ['completed'] },
  failed: { states: ['failed'] },
  cancelled: { states: ['cancelled'] },
};

/** Does the filter cover jobs in this stored state whose type is held, or is not? */
export const covers = (filter: JobStateFilter, state: StoredState, isHeld: boolean): boolean => {
  const { states, held = isHeld } = COVERED[filter];
  return states.includes(state) && held === isHeld;
};

export const isJobState = (text: string): text is JobState => (JOB_STATES as readonly string[]).includes(text);

export const isWaiting = (state: string): boolean => (WAITING as readonly string[]).includes(state);

/** What callers see. `isHeld`: nothing runs jobs of its type now. */
export const publicState = (state: StoredState, isHeld = false): JobState => {
  if (state !== 'ready' && state !== 'scheduled') return state;
  return isHeld ? 'parked' : 'pending';
};

export const isFinal = (state: JobState): boolean =>
  state === 'completed' || state === 'failed' || state === 'cancelled';
