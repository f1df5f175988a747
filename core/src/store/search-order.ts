// The orders of a list: each reads stretches of an index that already has the order, so that no row is sorted, and continues after a cursor.
import type { JobFilter, JobSort } from '@phraseworks/sdk';
import { sql } from 'kysely';
import { invalid } from '../kernel/errors.ts';
import type { JobIndex, Sql } from './dialect.ts';

export interface IndexRange {
  where: Sql;
  /** The index that contains it. */
  index: JobIndex;
}

/** Ids from `from` up to `below`, exclusive, and when their jobs ended, in the order `ended`; null: no limit. */
export interface IdRange {
  from: string | null;
  below: string | null;
  endedFrom?: number | undefined;
  endedTo?: number | undefined;
}

/** Where a job stands in an order; `at` only where the order is one by time. */
export interface Place {
  id: string;
  at?: number;
}

/** Of one range. */
export const MOST_PARTS = 3;

export interface Order {
  /** The columns of a place. */
  readonly columns: readonly (keyof Place)[];
  readonly by: Sql;
  /** The column of `at`. */
  readonly at?: Sql;
  /** The parts of `range` after one place and up to another; null: without that end. */
  between(range: IndexRange, ids: IdRange, after: Place | null, upTo: Place | null): IndexRange[];
  compare(a: Place, b: Place): number;
}

/** A list by when jobs ended is in that order. */
export const sortOf = ({ sort, endedFrom, endedTo }: Pick<JobFilter, 'sort' | 'endedFrom' | 'endedTo'>): JobSort =>
  sort ?? ((endedFrom ?? endedTo) === undefined ? 'newest' : 'ended');

/** `id` of a job and, in an order by time, when it is due or ended. */
export const cursorOf = (sort: JobSort, id: string, at: number | null): string =>
  sort === 'newest' ? id : sort === 'oldest' ? `oldest.${id}` : `${sort}.${at ?? 0}.${id}`;

const CURSOR = /^(?:(oldest)\.|(due|ended)\.(\d{1,16})\.)(.+)$/;

/** Throws `INVALID_DATA` for the cursor of another order. A job that was deleted meanwhile still has a place. */
export function readCursor(sort: JobSort, cursor: string): Place {
  const [, oldest, timed, at, id = cursor] = CURSOR.exec(cursor) ?? [];
  const from = oldest ?? timed ?? 'newest';
  if (from === sort) return timed ? { id, at: Number(at) } : { id };
  const message = `is from a list sorted by ${from}, and this one is sorted by ${sort}: start again without a cursor`;
  throw invalid([{ path: 'cursor', message }]);
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

const END_OF_TIME = Number.MAX_SAFE_INTEGER;

/** By a time that only some jobs have, read along `own`. As one condition on both columns, a server would read all jobs of a time to find the next one. */
const byTime = (own: JobIndex, at: Sql, sign: 1 | -1): Order => ({
  columns: ['id', 'at'],
  at,
  by: sign < 0 ? sql`${at} desc, id desc` : sql`${at}, id`,
  compare: (a, b) => sign * ((a.at ?? 0) - (b.at ?? 0) || (a.id < b.id ? -1 : Number(a.id > b.id))),
  between: ({ where, index }, { from, below, endedFrom = 0, endedTo = END_OF_TIME }, after, upTo) => {
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
    const time = index === own ? at : sql`coalesce(${at}, -1)`;
    const rest = after && (sign < 0 ? sql`id < ${after.id}` : sql`id > ${after.id}`);
    const most = upTo && (sign < 0 ? sql`id >= ${upTo.id}` : sql`id <= ${upTo.id}`);
    if (after && upTo && after.at === upTo.at) return [part(sql`${time} = ${after.at}`, rest, most)];
    const [low, high] = sign < 0 ? [upTo?.at, after?.at] : [after?.at, upTo?.at];
    // One limit at each end, as above.
    const above = Math.max(low ?? -1, endedFrom - 1);
    const under = Math.min(high ?? END_OF_TIME, endedTo);
    return [
      ...(after ? [part(sql`${time} = ${after.at}`, rest)] : []),
      part(sql`${time} > ${above}`, sql`${time} < ${under}`),
      ...(upTo ? [part(sql`${time} = ${upTo.at}`, most)] : []),
    ];
  },
});

export const ORDERS: Readonly<Record<JobSort, Order>> = {
  newest: byId(-1),
  oldest: byId(1),
  due: byTime('pwj_jobs_due', sql`due_at`, 1),
  ended: byTime('pwj_jobs_finished', sql`finished_at`, -1),
};
