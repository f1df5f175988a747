// What may be removed of the job system's own rows: looked for page by page, removed item by item.
import { token } from './token.ts';

/**
 * `jobs`: completed, failed and cancelled ones, with their attempts, log, history and files. `logs`: the log lines of such jobs; the jobs stay.
 * `events`: events that live listeners may still replay; only the oldest in a row can go. `uploads`: files whose job is gone.
 */
export type HousekeepingKind = 'jobs' | 'logs' | 'events' | 'uploads';

export interface HousekeepingItem {
  /** Of the job, the commit of events or the upload. */
  id: string;
  /** What its texts and files take; the tables take somewhat more. */
  bytes: number;
  /** Milliseconds since 1970: when the job ended, the events happened or the file came. */
  at: number;
  /** One line for people. */
  label: string;
}

export interface HousekeepingQuery {
  /** Only older rows; milliseconds since 1970. Events of the last 10 minutes and uploads of the last hour are never found. */
  before: number;
  /** Rows that are looked at for one page: 1 to 500, 500 by default. */
  limit?: number;
  /** `next` of the page before. */
  after?: string;
}

export interface HousekeepingPage {
  /** Oldest first; uploads in the order of their ids. A page may be empty although more pages follow. */
  items: HousekeepingItem[];
  /** Null when there is no further page. */
  next: string | null;
}

export interface HousekeepingRemoval {
  removed: number;
  bytes: number;
  /** `gone`: it had been removed already; `changed`: it is not what was found; `in_use`: an attempt still ends, or older events stay. */
  left: { id: string; reason: 'gone' | 'changed' | 'in_use' }[];
}

/** What may be removed of the job system's own rows: `needs: { housekeeping: Housekeeping }`. */
export interface Housekeeping {
  /** Throws `INVALID_DATA` for text that is not a cursor. */
  find(kind: HousekeepingKind, query: HousekeepingQuery): Promise<HousekeepingPage>;
  /** Removes exactly these, in short transactions, and nothing that has changed since it was found. */
  remove(kind: HousekeepingKind, items: readonly HousekeepingItem[]): Promise<HousekeepingRemoval>;
}
export const Housekeeping = token<Housekeeping>('core/housekeeping');
