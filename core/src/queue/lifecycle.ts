// The state machine as one table: every change of a job's state is one of these steps. docs/architecture.md draws it.
import type { HistoryEntry, JobState } from '@phraseworks/sdk';

/** The states in the table. `pending` outside is `ready` or `scheduled` inside: only ready rows are in the claim index. */
export type StoredState = 'ready' | 'scheduled' | 'processing' | 'parked' | 'completed' | 'failed' | 'cancelled';

interface Step {
  from: readonly JobState[];
  to: JobState;
  event: HistoryEntry['event'] | null;
}

export const STEPS = {
  add: { from: [], to: 'pending', event: 'job_added' },
  claim: { from: ['pending'], to: 'processing', event: 'job_started' },
  complete: { from: ['processing'], to: 'completed', event: 'job_completed' },
  retry: { from: ['processing'], to: 'pending', event: 'job_retry' },
  fail: { from: ['processing'], to: 'failed', event: 'job_failed' },
  snooze: { from: ['processing'], to: 'pending', event: null },
  release: { from: ['processing'], to: 'pending', event: null },
  discard: { from: ['processing'], to: 'cancelled', event: 'job_cancelled' },
  cancel: { from: ['pending', 'parked', 'processing'], to: 'cancelled', event: 'job_cancelled' },
  park: { from: ['pending'], to: 'parked', event: 'job_parked' },
  shelve: { from: ['processing'], to: 'parked', event: 'job_parked' },
  unpark: { from: ['parked'], to: 'pending', event: null },
  requeue: { from: ['failed', 'cancelled', 'completed'], to: 'pending', event: 'job_added' },
} as const satisfies Record<string, Step>;

export type StepName = keyof typeof STEPS;

const STORED: Record<JobState, readonly StoredState[]> = {
  pending: ['ready', 'scheduled'],
  processing: ['processing'],
  parked: ['parked'],
  completed: ['completed'],
  failed: ['failed'],
  cancelled: ['cancelled'],
};

export const STATES: readonly JobState[] = ['pending', 'processing', 'completed', 'failed', 'cancelled', 'parked'];
export const isJobState = (text: string): text is JobState => Object.hasOwn(STORED, text);

/** The stored states that show as this one. */
export const storedStates = (state: JobState): readonly StoredState[] => STORED[state];

/** The stored states a step may start from. */
export const storedFrom = (step: StepName): StoredState[] => STEPS[step].from.flatMap((state) => [...STORED[state]]);

export const publicState = (state: StoredState): JobState =>
  state === 'ready' || state === 'scheduled' ? 'pending' : state;

export const isFinal = (state: JobState): boolean =>
  state === 'completed' || state === 'failed' || state === 'cancelled';
