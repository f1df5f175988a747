// Where a search looks, and how far down: in a bounded number of jobs, whatever the table holds.
import type { StoredState } from '../queue/lifecycle.ts';
import type { Dialect } from './dialect.ts';
import { everything, floorOf, inStates, ofSchedule, type Range, type Stretch } from './search-stretches.ts';

/** Jobs that one answer looks at, where it does not say less, and at least of each stretch. */
const LOOKED = 10_000;
const LEAST = 200;

export interface Scope {
  stretches: Stretch[];
  /** The states that are then looked for row by row. */
  left: readonly StoredState[];
}

/** As `JobReads.counts()`. */
export type Counts = () => Promise<readonly { state: string; n: number }[]>;

export async function scopeOf(
  dialect: Dialect,
  schedule: string | undefined,
  states: readonly StoredState[],
): Promise<Scope> {
  if (schedule !== undefined) return { stretches: [ofSchedule(schedule)], left: states };
  if (states.length === 0) return { stretches: [everything], left: [] };
  const stretches = await inStates(dialect, states);
  return stretches ? { stretches, left: [] } : { stretches: [everything], left: states };
}

/** The oldest id that is looked at; null when all are. All jobs of these states are, while they are few. */
export async function lookedDownTo(
  dialect: Dialect,
  { stretches, left }: Scope,
  states: readonly StoredState[],
  range: Range,
  counts: Counts,
  looked = LOOKED,
): Promise<string | null> {
  let each = looked;
  if (states.length > 0 && left.length === 0) {
    const inThem = (await counts()).filter(({ state }) => (states as readonly string[]).includes(state));
    const total = inThem.reduce((sum, { n }) => sum + Number(n), 0);
    if (total > looked) each = Math.max(LEAST, Math.ceil(looked / stretches.length));
  }
  return floorOf(dialect, stretches, range, each);
}
