// Finds rows of the job system that may be removed, and removes them.
import { token } from './token.ts';

/**
 * `jobs`: completed, failed and cancelled jobs with their attempts, log, history and files. `logs`: log lines of such jobs; the jobs stay.
 * `events`: events that live listeners may still replay; only the oldest can be removed. `uploads`: files whose job is gone.
 */
export type HousekeepingKind = 'jobs' | 'logs' | 'events' | 'uploads';

export interface HousekeepingItem {
  /** Id of the job, the commit of events or the upload. */
  id: string;
  /** Size of its texts and files; the tables need somewhat more. */
  bytes: number;
  /** Milliseconds since 1970: when the job ended, the events happened or the file arrived. */
  at: number;
  /** One line for people. */
  label: string;
}

export interface HousekeepingQuery {
  /** Only older rows; milliseconds since 1970. Never includes events of the last 10 minutes or uploads of the last hour. */
  before: number;
  /** Ends the search with its reason. */
  signal?: AbortSignal;
}

/** An item that was not removed, and why. */
export interface HousekeepingLeft {
  id: string;
  /** `gone`: already removed; `changed`: changed since it was found; `in_use`: an attempt is still ending, or older events stay. */
  reason: 'gone' | 'changed' | 'in_use';
}

/** Removes old rows of the job system: `needs: { housekeeping: Housekeeping }`. */
export interface Housekeeping {
  /** Oldest first; uploads by id. Reads page by page, so items that were found may be removed during the search. */
  find(kind: HousekeepingKind, query: HousekeepingQuery): AsyncIterable<HousekeepingItem>;
  /** Removes exactly these, in short transactions, unless they changed since they were found. Returns those that stay. */
  remove(kind: HousekeepingKind, items: readonly HousekeepingItem[]): Promise<HousekeepingLeft[]>;
}
export const Housekeeping = token<Housekeeping>('core/housekeeping');
