// What a link says: its target waits for its source. A target is a job, or a batch that the source belongs to.
import { isFinal, publicState, type StoredState } from './lifecycle.ts';

/** How a source ended. */
export type Outcome = 'completed' | 'failed' | 'cancelled';

/** Of a job that is added. */
export interface WantedLinks {
  /** Ids of jobs, also of those that are added with it. */
  sources: readonly { id: string; name: string | null }[];
  onFailed: 'cancel' | 'run';
}

/** The reason of a job that waits for others, or was cancelled because one of them did not complete. */
export const AFTER = 'after';

const PREFIX = 'batch-';
/** Unlike the id of any job. `id`: of a job. */
export const batchId = (id: string): string => PREFIX + id;
export const isBatchId = (id: string): boolean => id.startsWith(PREFIX);

/** Null if it has not ended. */
export const outcomeOf = (state: StoredState): Outcome | null =>
  isFinal(publicState(state)) ? (state as Outcome) : null;
