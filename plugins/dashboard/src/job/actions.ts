// What can be done with a job in its state, and why the rest cannot. Pure.
import type { Job } from '@phraseworks/sdk';
import { isOver, parkedBecause } from '../state.tsx';
import { msOf } from '../time.tsx';

export type ActionName = 'run' | 'retry' | 'edit' | 'cancel' | 'duplicate' | 'remove';

export interface Action {
  name: ActionName;
  label: string;
  /** Why it is not possible now; null when it is. */
  not: string | null;
}

type Subject = Pick<Job, 'status' | 'reason' | 'runAt'>;

export interface Around {
  /** `parked` when nothing can run its type now. */
  typeState: 'ready' | 'parked';
  /** Its type or its lane is paused. */
  paused: boolean;
  now: number;
}

export function actionsOf(job: Subject, around: Around): Action[] {
  const retry = notRetry(job, around);
  return [
    { name: 'run', label: 'Run now', not: notRun(job, around) },
    { name: 'retry', label: job.status === 'completed' ? 'Run again' : 'Retry', not: retry },
    { name: 'edit', label: 'Edit data and retry', not: retry },
    { name: 'cancel', label: 'Cancel', not: isOver(job.status) ? 'Already finished' : null },
    { name: 'duplicate', label: 'Duplicate', not: null },
    { name: 'remove', label: 'Delete', not: job.status === 'processing' ? 'Running: cancel it first' : null },
  ];
}

function notRun({ status, reason, runAt }: Subject, { paused, now }: Around): string | null {
  switch (status) {
    case 'processing':
      return 'Already running';
    case 'pending':
      if (paused) return parkedBecause('paused');
      return runAt !== null && msOf(runAt) > now ? null : 'Next in line';
    case 'parked':
      return parkedBecause(reason);
    default:
      return 'Already finished. Use Retry';
  }
}

function notRetry({ status }: Subject, { typeState }: Around): string | null {
  if (!isOver(status)) return 'Still in progress';
  return typeState === 'parked' ? 'This job type cannot run now' : null;
}
