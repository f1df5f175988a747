// What can be done to many jobs at once, and to how many of them.
import type { JobState, QueueMetrics } from '@phraseworks/sdk';
import { isNarrowed, type ListQuery } from './query.ts';

/** The states in which each makes sense; those of the API where no state is chosen. */
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

/** One state at a time: a completed job can be run again, too, but not with all others by mistake. */
export function can(act: Act, state: JobState): boolean {
  return (STATES[act] as readonly JobState[]).includes(state) || (act === 'retry' && state === 'completed');
}

/** What the list offers for all that match. */
export const offered = ({ status }: Pick<ListQuery, 'status'>): Act[] =>
  ACTS.filter((act) => status === undefined || can(act, status));

/** How many jobs match; undefined where no count knows. */
export function matching(act: Act, list: ListQuery, metrics: QueueMetrics): number | undefined {
  if (isNarrowed(list)) return undefined;
  const counts = list.type === undefined ? metrics : metrics.types[list.type];
  const states = list.status === undefined ? STATES[act] : [list.status];
  return states.reduce((sum, state) => sum + (counts?.[state] ?? 0), 0);
}
