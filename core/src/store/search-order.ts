// The orders of a list: each reads stretches of an index that already has the order, so that no row is sorted, and continues after a cursor.
import { type JobSort, JobsError } from '@phraseworks/sdk';
import { sql } from 'kysely';
import type { JobIndex, Sql } from './dialect.ts';

export interface IndexRange {
  where: Sql;
  /** The index that contains it. */
  index: JobIndex;
}

/** Ids from `from` up to `below`, exclusive; null: no limit. */
export interface IdRange {
  from: string | null;
  below: string | null;
}

/** Where a job stands in an order; `due` only where the order needs it. */
export interface Place {
  id: string;
  due?: number;
}

/** Of one range. */
export const MOST_PARTS = 3;

export interface Order {
  /** The columns of a place. */
  readonly columns: readonly (keyof Place)[];
  readonly by: Sql;
  /** The parts of `range` after one place and up to another; null: without that end. */
  between(range: IndexRange, ids: IdRange, after: Place | null, upTo: Place | null): IndexRange[];
  compare(a: Place, b: Place): number;
}

/** `id` of a job and, in the order `due`, when it is due. */
export const cursorOf = (sort: JobSort, id: string, due: number | null): string =>
  sort === 'newest' ? id : sort === 'oldest' ? `oldest.${id}` : `due.${due ?? 0}.${id}`;

const CURSOR = /^(?:(oldest)\.|(due)\.(\d{1,16})\.)(.+)$/;

/** Throws `INVALID_DATA` for the cursor of another order. A job that was deleted meanwhile still has a place. */
export function readCursor(sort: JobSort, cursor: string): Place {
  const [, oldest, due, at, id = cursor] = CURSOR.exec(cursor) ?? [];
  const from = oldest ?? due ?? 'newest';
  if (from === sort) return due ? { id, due: Number(at) } : { id };
  const message = `is from a list sorted by ${from}, and this one is sorted by ${sort}: start again without a cursor`;
  throw new JobsError('INVALID_DATA', `cursor ${message}`, { errors: [{ path: 'cursor', message }] });
}

/** No id lies between another one and this. */
const justAbove = ({ id }: Place): string => `${id}0`;

const all = (...given: (Sql | false | null)[]): Sql => sql.join(given.filter(Boolean), sql` and `);

const byId = (sign: 1 | -1): Order => ({
  columns: ['id'],
  by: sign < 0 ? sql`id desc` : sql`id`,
  compare: (a, b) => sign * (a.id < b.id ? -1 : Number(a.id > b.id)),
  between: ({ where, index }, ids, after, upTo) => {
    const [low, high] = sign < 0 ? [upTo?.id, after?.id] : [after && justAbove(after), upTo && justAbove(upTo)];
    // One limit at each end: of two, an engine may take the wider one for its way through the index.
    const from = [ids.from ?? [], low ?? []].flat().sort().at(-1);
    const below = [ids.below ?? [], high ?? []].flat().sort()[0];
    const limits = all(where, from !== undefined && sql`id >= ${from}`, below !== undefined && sql`id < ${below}`);
    return [{ where: limits, index }];
  },
});

/** Soonest first. As one condition on both columns, a server would read all jobs of a due time to find the next one. */
const dueFirst: Order = {
  columns: ['id', 'due'],
  by: sql`due_at, id`,
  compare: (a, b) => (a.due ?? 0) - (b.due ?? 0) || (a.id < b.id ? -1 : Number(a.id > b.id)),
  between: ({ where, index }, { from, below }, after, upTo) => {
    const part = (...limits: (Sql | false | null)[]): IndexRange => ({
      // As expressions: as keys the ids would lead the optimiser away from the order.
      where: all(
        where,
        ...limits,
        from !== null && sql`coalesce(id, '') >= ${from}`,
        below !== null && sql`coalesce(id, '') < ${below}`,
      ),
      index,
    });
    const due = index === 'primary' ? sql`coalesce(due_at, -1)` : sql`due_at`;
    const rest = after && sql`id > ${after.id}`;
    const most = upTo && sql`id <= ${upTo.id}`;
    if (after && upTo && after.due === upTo.due) return [part(sql`${due} = ${after.due}`, rest, most)];
    return [
      ...(after ? [part(sql`${due} = ${after.due}`, rest)] : []),
      part(after && sql`${due} > ${after.due}`, upTo && sql`${due} < ${upTo.due}`),
      ...(upTo ? [part(sql`${due} = ${upTo.due}`, most)] : []),
    ];
  },
};

export const ORDERS: Readonly<Record<JobSort, Order>> = { newest: byId(-1), oldest: byId(1), due: dueFirst };
