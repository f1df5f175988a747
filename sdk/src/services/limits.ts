// Limits over all processes.
import type { Who } from '../access.ts';
import type { LimitChange } from '../contract/requests.ts';
import type { LimitInfo } from '../contract/site.ts';
import { token } from '../token.ts';

/** A service of the core: `needs: { limits: Limits }`. */
export interface Limits {
  /** By name, with their use now. Needs `view` for all jobs, since the values of `by` are from their data. */
  list(who: Who): Promise<LimitInfo[]>;
  /** Counts for every process from its answer on, until it is changed again or reset. Needs `administer`. Throws `NOT_FOUND`, `INVALID_DATA`. */
  change(who: Who, name: string, change: LimitChange): Promise<LimitInfo>;
  /** Back to the numbers that were registered. Needs `administer`. Throws `NOT_FOUND`. */
  reset(who: Who, name: string): Promise<LimitInfo>;
}
export const Limits = token<Limits>('core/limits');
