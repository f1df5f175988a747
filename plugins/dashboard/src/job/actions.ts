// What can be done with a job in its state, and why the rest cannot. Pure.
import type { Job } from '@phraseworks/sdk';
import { isOver, parkedBecause } from '../state.tsx';
import { msOf } from '../time.tsx';
import type { Words } from '../words/words.ts';

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

type ActionWords = Pick<Words, 'job' | 'states'>;

export function actionsOf(job: Subject, around: Around, { job: words, states }: ActionWords): Action[] {
  const retry = notRetry(job, around, words);
  return [
    { name: 'run', label: words.run, not: notRun(job, around, words, states) },
    { name: 'retry', label: job.status === 'completed' ? words.again : words.retry, not: retry },
    { name: 'edit', label: words.edit, not: retry },
    { name: 'cancel', label: words.cancel, not: isOver(job.status) ? words.not.over : null },
    { name: 'duplicate', label: words.duplicate, not: null },
    { name: 'remove', label: words.remove, not: job.status === 'processing' ? words.not.running : null },
  ];
}

function notRun(
  { status, reason, runAt }: Subject,
  { paused, now }: Around,
  { not }: Words['job'],
  states: Words['states'],
): string | null {
  switch (status) {
    case 'processing':
      return not.runs;
    case 'pending':
      if (paused) return parkedBecause('paused', states);
      return runAt !== null && msOf(runAt) > now ? null : not.due;
    case 'parked':
      return parkedBecause(reason, states);
    default:
      return not.overRetry;
  }
}

function notRetry({ status }: Subject, { typeState }: Around, { not }: Words['job']): string | null {
  if (!isOver(status)) return not.notOver;
  return typeState === 'parked' ? not.typeOff : null;
}
