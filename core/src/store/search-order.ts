// The orders of a list: each reads stretches of an index that already has the order, so that no row is sorted, and continues after a cursor.
import { type JobSort, JobsError } from '@phraseworks/sdk';
import { sql } from 'kysely';
import type { Dialect, JobIndex, Sql } from './dialect.ts';

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

/** Where a job stands in an order; `due` and `tie` only where the order needs them. */
export interface Place {
  id: string;
  due?: number;
  /** Orders jobs with the same due time as the index does. */
  tie?: number | string;
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

/** Throws `INVALID_DATA` for the cursor of another order. */
export function readCursor(sort: JobSort, cursor: string): { id: string; due: number } {
  const [, oldest, due, at, id = cursor] = CURSOR.exec(cursor) ?? [];
  const from = oldest ?? due ?? 'newest';
  if (from === sort) return { id, due: Number(at) };
  const message = `is from a list sorted by ${from}, and this one is sorted by ${sort}: start again without a cursor`;
  throw new JobsError('INVALID_DATA', `cursor ${message}`, { errors: [{ path: 'cursor', message }] });
}

/** No id lies between another one and this. */
const justAbove = (id: string): string => `${id}0`;
const lower = (a: string | null, b: string | null): string | null => (a === null || (b !== null && b < a) ? b : a);
const higher = (a: string | null, b: string | null): string | null => (a === null || (b !== null && b > a) ? b : a);

const byId = (
  by: Sql,
  sign: 1 | -1,
  narrowed: (ids: IdRange, after: string | null, upTo: string | null) => IdRange,
): Order => ({
  columns: ['id'],
  by,
  compare: (a, b) => (a.id === b.id ? 0 : a.id < b.id ? -sign : sign),
  between: ({ where, index }, ids, after, upTo) => {
    const { from, below } = narrowed(ids, after?.id ?? null, upTo?.id ?? null);
    const limits = [...(from === null ? [] : [sql`id >= ${from}`]), ...(below === null ? [] : [sql`id < ${below}`])];
    return [{ where: sql.join([where, ...limits], sql` and `), index }];
  },
});

export const newestFirst: Order = byId(sql`id desc`, -1, ({ from, below }, after, upTo) => ({
  from: higher(from, upTo),
  below: lower(below, after),
}));

const oldestFirst: Order = byId(sql`id`, 1, ({ from, below }, after, upTo) => ({
  from: higher(from, after && justAbove(after)),
  below: lower(below, upTo && justAbove(upTo)),
}));

/** Soonest first. As one condition on both columns, a server would read all jobs of a due time to find the next one. */
const dueFirst = ({ search: { tie } }: Dialect): Order => ({
  columns: ['id', 'due', 'tie'],
  by: sql`due_at, ${tie}`,
  compare: (a, b) => (a.due ?? 0) - (b.due ?? 0) || ((a.tie ?? 0) < (b.tie ?? 0) ? -1 : a.tie === b.tie ? 0 : 1),
  between: ({ where, index }, { from, below }, after, upTo) => {
    // As expressions: as keys they would lead the optimiser away from the order.
    const ids = [
      ...(from === null ? [] : [sql`coalesce(id, '') >= ${from}`]),
      ...(below === null ? [] : [sql`coalesce(id, '') < ${below}`]),
    ];
    const part = (...limits: Sql[]): IndexRange => ({
      where: sql.join([where, ...limits, ...ids], sql` and `),
      index,
    });
    const due = index === 'primary' ? sql`coalesce(due_at, -1)` : sql`due_at`;
    const rest = after && sql`${tie} > ${after.tie}`;
    const most = upTo && sql`${tie} <= ${upTo.tie}`;
    if (after && upTo && after.due === upTo.due) return [part(sql`${due} = ${after.due}`, ...both(rest, most))];
    return [
      ...(after ? [part(sql`${due} = ${after.due}`, ...both(rest))] : []),
      part(...(after ? [sql`${due} > ${after.due}`] : []), ...(upTo ? [sql`${due} < ${upTo.due}`] : [])),
      ...(upTo ? [part(sql`${due} = ${upTo.due}`, ...both(most))] : []),
    ];
  },
});

const both = (...given: (Sql | null)[]): Sql[] => given.filter((one) => one !== null);

export const orderOf = (dialect: Dialect, sort: JobSort): Order =>
  sort === 'newest' ? newestFirst : sort === 'oldest' ? oldestFirst : dueFirst(dialect);
