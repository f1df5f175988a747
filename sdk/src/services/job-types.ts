// The job types of the site.
import type { Who } from '../access.ts';
import type { OfferedType } from '../answers.ts';
import { token } from '../token.ts';

/** A service of the core: `needs: { types: Types }`. */
export interface Types {
  /** By name, also those whose plugin is off; `mayAdd`: at least with some data. Needs `view`, and tells callers with `where` the same. */
  list(who: Who): Promise<OfferedType[]>;
}
export const Types = token<Types>('core/types');
