// Finds rows of the job system that may be removed, page by page, and removes them one by one.
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
  /** Rows to examine per page: 1 to 500, 500 by default. */
  limit?: number;
  /** `next` of the previous page. */
  after?: string;
}

export interface HousekeepingPage {
  /** Oldest first; uploads by id. A page may be empty although more pages follow. */
  items: HousekeepingItem[];
  /** Null if this is the last page. */
  next: string | null;
}

export interface HousekeepingRemoval {
  removed: number;
  bytes: number;
  /** `gone`: already removed; `changed`: changed since it was found; `in_use`: an attempt is still ending, or older events stay. */
  left: { id: string; reason: 'gone' | 'changed' | 'in_use' }[];
}

/** Removes old rows of the job system: `needs: { housekeeping: Housekeeping }`. */
export interface Housekeeping {
  /** Throws `INVALID_DATA` for an invalid cursor. */
  find(kind: HousekeepingKind, query: HousekeepingQuery): Promise<HousekeepingPage>;
  /** Removes exactly these, in short transactions, unless they changed since they were found. */
  remove(kind: HousekeepingKind, items: readonly HousekeepingItem[]): Promise<HousekeepingRemoval>;
}
export const Housekeeping = token<Housekeeping>('core/housekeeping');
