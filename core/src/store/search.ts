// Lists and searches jobs in one of three orders: by an index if one fits, otherwise among a limited number of jobs.

import {
  type FieldError,
  type JobFilter,
  type JobSort,
  type JobStateFilter,
  JobsError,
  type Where,
} from '@phraseworks/sdk';
import { FILTER_STATES, JOB_SORTS, LIMITS } from '@phraseworks/sdk/host';
import { sql } from 'kysely';
import { covers, type StoredState } from '../job/lifecycle.ts';
import type { JobRecord } from '../job/record.ts';
import { idFrom } from '../kernel/id.ts';
import { decodeJson } from '../kernel/json.ts';
import type { ShownTypes } from './codec.ts';
import type { Dialect, Sql } from './dialect.ts';
import { fits, fitsKind } from './job-filter.ts';
import { columnsOf, selected } from './schema.ts';
import {
  cursorOf,
  type IdRange,
  type IndexRange,
  MOST_PARTS,
  type Order,
  orderOf,
  type Place,
  readCursor,
} from './search-order.ts';
import { firstOf, furthest, lastToExamine, type StatePart, scopeOf } from './search-scope.ts';
import { matchesOf, searchWords, type Word, whereMatches } from './search-words.ts';

const MOST_WORDS = 20;
const TEXTS = ['q', 'type', 'plugin', 'schedule', 'cursor'] as const;

/** Bytes up to which a brief list includes data or a result. */
const LISTED = 512;
/** Bytes of data to read anyway: for summaries, and for searches that hide secrets. */
const READ = 8_192;
/** Bytes of one brief page, which then ends early with a cursor. */
const MOST_BYTES = 1_000_000;
/** Bytes of a job without its texts. */
const OWN_BYTES = 700;

/** Where reads block: jobs per statement, and bytes to search in one. */
const BRIEF_AT_ONCE = 100;
const WHOLE_AT_ONCE = 25;
const MOST_AT_ONCE = 2_000_000;
/** Bytes times the characters to search for. */
const MOST_COMPARED = 16_000_000;
/** Bytes that one request may search. */
const MOST_LOOKED = 100_000_000;

/** Jobs to read at once if each needs a check. */
const ONE_BY_ONE = 50;

export interface RecordPage {
  records: JobRecord[];
  nextCursor: string | null;
  capped: boolean;
}

/** The words of a filter, and the states it covers (undefined: all). Throws `INVALID_DATA` for more than 20 words or 100 ids, an unknown state or order and control characters; `at` is where the filter stands in the request. */
export function readFilter(
  filter: Pick<JobFilter, (typeof TEXTS)[number] | 'status' | 'ids' | 'sort'>,
  at = '',
): { words: Word[]; states: JobStateFilter[] | undefined } {
  checkText(filter, at);
  if ((filter.ids?.length ?? 0) > LIMITS.ids)
    throw wrong([{ path: `${at}ids`, message: `has more than ${LIMITS.ids} ids` }]);
  if (filter.sort !== undefined && !JOB_SORTS.includes(filter.sort))
    throw wrong([{ path: `${at}sort`, message: `is an unknown order: the orders are ${JOB_SORTS.join(', ')}` }]);
  const words = searchWords(filter.q ?? '');
  if (words.length > MOST_WORDS) throw wrong([{ path: `${at}q`, message: `has more than ${MOST_WORDS} words` }]);
  return { words, states: statesOf(filter.status, words, at) };
}

/** `brief` omits large data and results, which are then not read. `capped`: the search reached its limit; `nextCursor` continues it. Throws `INVALID_DATA` as `readFilter` does, and for the cursor of another order. */
export async function searchJobs(
  dialect: Dialect,
  counts: readonly Count[],
  filter: JobFilter,
  types: Pick<ShownTypes, 'heldBy' | 'ownerOf'>,
  where?: Where,
): Promise<RecordPage> {
  const { words, states } = readFilter(filter);
  const { sort = 'newest', cursor } = filter;
  const order = orderOf(dialect, sort);
  const after = cursor === undefined ? null : await placeOf(dialect, sort, cursor);
  const limit = Math.min(Math.max(filter.limit ?? 50, 1), 200);
  const parts = partsOf({ ...filter, states, where, words }, counts, types);
  const isNone = parts && (sort === 'due' ? !parts.some(({ state }) => state === 'scheduled') : parts.length === 0);
  if (isNone) return { records: [], nextCursor: null, capped: false };
  const scope = scopeOf(filter, parts);
  const matches = [
    ...matchesOf(dialect.search, filter, words, scope.left),
    ...(where ? whereMatches(dialect.search, where) : []),
  ];
  const ids: IdRange = {
    from: filter.from === undefined ? null : idFrom(filter.from),
    below: filter.to === undefined ? null : idFrom(filter.to),
  };
  const unbounded = matches.length === 0 && !where;
  const stretch = { order, ids, after };
  const total = parts ? totalOf(parts, counts) : null;
  const upTo = unbounded ? null : await lastToExamine(dialect, scope, stretch, total);
  const characters = (filter.q ?? '').length + JSON.stringify(where?.data ?? '').length - 2;
  const search = new Search(dialect, scope.indexRanges, { order, ids, upTo, matches, characters });
  const found = where
    ? await onlyFitting(dialect, { where, ownerOf: types.ownerOf }, search, after, limit + 1)
    : await search.next(limit + 1, after);
  const end = search.end ?? upTo;
  const all = await recordsOf(dialect, idsOf(found.slice(0, limit)), filter.brief === true);
  const records = filter.brief ? withinBudget(all) : all;
  const more = found.length > limit || records.length < all.length;
  const last = more ? (found.find(({ id }) => id === records.at(-1)?.id) ?? null) : end;
  const nextCursor = last ? cursorOf(sort, last.id, last.due ?? null) : null;
  return { records, nextCursor, capped: !more && end !== null };
}

const idsOf = (places: readonly Place[]): string[] => places.map(({ id }) => id);

/** A job that was deleted meanwhile still has a place. */
async function placeOf(dialect: Dialect, sort: JobSort, cursor: string): Promise<Place> {
  const { id, due } = readCursor(sort, cursor);
  return sort === 'due' ? { id, due, tie: await dialect.search.tieOf(dialect.reader, id) } : { id };
}

interface Wanted {
  order: Order;
  ids: IdRange;
  upTo: Place | null;
  matches: readonly Sql[];
  /** Characters to search for in the data. */
  characters: number;
}

interface Sized extends Place {
  bytes: number;
}

/** Where reads block, searches run one at a time: in parallel they would take as long and use more memory. */
const lastSearches = new WeakMap<Dialect, Promise<unknown>>();

/** Matching jobs, in the order. Where reads block, large data is searched in short statements. */
class Search {
  readonly #dialect: Dialect;
  readonly #indexRanges: readonly IndexRange[];
  readonly #wanted: Wanted;
  #bytesLeft = MOST_LOOKED;
  #end: Place | null = null;

  constructor(dialect: Dialect, indexRanges: readonly IndexRange[], wanted: Wanted) {
    this.#dialect = dialect;
    this.#indexRanges = indexRanges;
    this.#wanted = wanted;
  }

  /** The last place examined, if there was too much data to go further. */
  get end(): Place | null {
    return this.#end;
  }

  /** At most `limit` after a place; fewer only if there are no more, or at the end. */
  async next(limit: number, after: Place | null): Promise<Place[]> {
    const { order, upTo, matches, characters } = this.#wanted;
    if (!this.#dialect.blocking || characters === 0) return this.#read(order.columns, { after, upTo, limit, matches });
    const before = lastSearches.get(this.#dialect);
    const mine = (async () => {
      await before;
      return this.#lookThrough(limit, after);
    })();
    lastSearches.set(
      this.#dialect,
      mine.catch(() => {}),
    );
    return mine;
  }

  async #lookThrough(limit: number, from: Place | null): Promise<Place[]> {
    const { order, ids, upTo, matches } = this.#wanted;
    const found: Place[] = [];
    const each = Math.max(50, Math.ceil(limit / this.#indexRanges.length));
    for (let after = from; ; ) {
      const end = await furthest(this.#dialect, this.#indexRanges, { order, ids, after, upTo }, each);
      const page = { after, upTo: end ?? upTo, limit: each * MOST_PARTS * this.#indexRanges.length };
      const rows = await this.#read<Sized>([...order.columns, 'bytes'], page);
      for (const part of this.#parts(rows)) {
        if (this.#bytesLeft <= 0) {
          this.#end = after;
          return found;
        }
        const to = part.at(-1) ?? null;
        const left = limit - found.length;
        found.push(...(await this.#read(order.columns, { after, upTo: to, limit: left, matches })));
        const last = found.length === limit ? found.at(-1) : undefined;
        for (const row of part) if (!last || order.compare(row, last) <= 0) this.#bytesLeft -= row.bytes;
        if (found.length === limit) return found;
        after = to;
      }
      if (end === null) return found;
      after = end;
    }
  }

  #read<R extends Place = Place>(
    columns: readonly (keyof R & string)[],
    stretch: { after: Place | null; upTo: Place | null; limit: number; matches?: readonly Sql[] },
  ): Promise<R[]> {
    const { order, ids } = this.#wanted;
    return firstOf<R>(this.#dialect, this.#indexRanges, { order, ids, columns, ...stretch });
  }

  /** Each as large as one statement may search, or one job. */
  #parts(rows: readonly Sized[]): Sized[][] {
    const most = Math.min(MOST_AT_ONCE, MOST_COMPARED / this.#wanted.characters);
    const parts: Sized[][] = [];
    let room = 0;
    for (const row of rows) {
      if (parts.length === 0 || row.bytes > room) {
        parts.push([]);
        room = most;
      }
      parts.at(-1)?.push(row);
      room -= row.bytes;
    }
    return parts;
  }
}

/** Checks each job that the database finds. Goes to the same depth whatever is hidden, so that neither length nor cursor reveals a hidden job. */
async function onlyFitting(
  dialect: Dialect,
  { where, ownerOf }: { where: Where; ownerOf: ShownTypes['ownerOf'] },
  search: Search,
  from: Place | null,
  most: number,
): Promise<Place[]> {
  const found: Place[] = [];
  for (let after = from; found.length < most; ) {
    const places = await search.next(ONE_BY_ONE, after);
    const byId = new Map(places.map((place) => [place.id, place]));
    for (const record of await recordsOf(dialect, idsOf(places), false))
      if (fits(where, { ...record, plugin: ownerOf(record.type), data: decodeJson(record.data) }))
        found.push(byId.get(record.id) as Place);
    const last = places.at(-1);
    if (last === undefined || places.length < ONE_BY_ONE) break;
    after = last;
  }
  return found.slice(0, most);
}

/** SQLite ends a pattern at a NUL character, so it would match every job. */
function checkText(filter: Pick<JobFilter, (typeof TEXTS)[number]>, at: string): void {
  const errors: FieldError[] = [];
  for (const path of TEXTS) {
    // Any whitespace separates words.
    const text = path === 'q' ? filter[path]?.replace(/\s/g, ' ') : filter[path];
    if (text !== undefined && /[\p{Cc}\p{Cs}]/u.test(text))
      errors.push({ path: `${at}${path}`, message: 'must be well-formed text without control characters' });
  }
  if (errors.length > 0) throw wrong(errors);
}

const wrong = (errors: FieldError[]): JobsError =>
  new JobsError('INVALID_DATA', errors.map(({ path, message }) => `${path} ${message}`).join('; '), { errors });

/** As many jobs as one response may hold, at least one. */
function withinBudget(records: readonly JobRecord[]): JobRecord[] {
  let bytes = 0;
  const end = records.findIndex((record, i) => {
    const { data, result, error, message, progress, metrics } = record;
    bytes += OWN_BYTES + (record.dataBytes ? 0 : data.length);
    for (const text of [result, error, message, progress, metrics]) bytes += text?.length ?? 0;
    return i > 0 && bytes > MOST_BYTES;
  });
  return end < 0 ? [...records] : records.slice(0, end);
}

interface Count {
  state: string;
  type: string;
  n: number;
}

/** The stored states and types that a filter covers, of those that have jobs; undefined: all. */
export function partsOf(
  {
    states,
    type,
    plugin,
    where,
    words = [],
  }: Pick<JobFilter, 'type' | 'plugin'> & {
    states?: readonly JobStateFilter[] | undefined;
    where?: Where | undefined;
    words?: readonly Word[];
  },
  counts: readonly Count[],
  { heldBy, ownerOf }: Pick<ShownTypes, 'heldBy' | 'ownerOf'>,
): StatePart[] | undefined {
  const named = (kind: 'type' | 'plugin', given: string | undefined): string[] => [
    ...(given === undefined ? [] : [given]),
    ...words.flatMap((word) => (word.kind === kind ? [word.text] : [])),
  ];
  const [types, plugins] = [named('type', type), named('plugin', plugin)];
  if (!states && types.length + plugins.length === 0 && !where?.types && !where?.plugins) return undefined;
  const isCovered = (of: string): boolean =>
    types.every((one) => one === of) &&
    plugins.every((one) => one === ownerOf(of)) &&
    fitsKind(where ?? {}, { type: of, plugin: ownerOf(of) });
  const parts = new Map<StoredState, string[]>();
  for (const { state, type: of } of counts) {
    const stored = state as StoredState;
    if (!isCovered(of) || (states && !states.some((filter) => covers(filter, stored, heldBy(of) !== null)))) continue;
    parts.set(stored, [...(parts.get(stored) ?? []), of]);
  }
  return [...parts].map(([state, types]) => ({ state, types }));
}

export const totalOf = (parts: readonly StatePart[], counts: readonly Count[]): number =>
  counts
    .filter(({ state, type }) => parts.some((part) => part.state === state && part.types.includes(type)))
    .reduce((sum, { n }) => sum + Number(n), 0);

/** The states that the filter and the words `status:failed` have in common; undefined: all. */
function statesOf(filter: JobFilter['status'], words: readonly Word[], at: string): JobStateFilter[] | undefined {
  const named = words.flatMap(({ kind, text }) => (kind === 'status' ? [known(text, `${at}q`)] : []));
  const given = [filter ?? []].flat().map((state) => known(state, `${at}status`));
  if (named.length === 0 && given.length === 0) return undefined;
  const all = given.length === 0 ? FILTER_STATES : given;
  return [...new Set(all.flatMap((state) => partsOfState(state)))].filter((part) =>
    named.every((state) => partsOfState(state).includes(part)),
  );
}

/** `pending` is `ready` and `delayed`. */
const partsOfState = (state: JobStateFilter): JobStateFilter[] =>
  state === 'pending' ? ['ready', 'delayed'] : [state];

function known(text: string, path: string): JobStateFilter {
  const state = FILTER_STATES.find((one) => one === text);
  if (state === undefined)
    throw wrong([{ path, message: `has an unknown state: the states are ${FILTER_STATES.join(', ')}` }]);
  return state;
}

const SMALL = columnsOf('pwj_jobs').filter((name) => name !== 'data' && name !== 'result');

/** In the order of the ids. */
async function recordsOf(dialect: Dialect, ids: readonly string[], brief: boolean): Promise<JobRecord[]> {
  const atOnce = dialect.blocking ? (brief ? BRIEF_AT_ONCE : WHOLE_AT_ONCE) : ids.length;
  const records: JobRecord[] = [];
  for (let from = 0; from < ids.length; from += atOnce)
    records.push(...(await readRecords(dialect, ids.slice(from, from + atOnce), brief)));
  const byId = new Map(records.map((record) => [record.id, record]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

async function readRecords({ reader }: Dialect, ids: readonly string[], brief: boolean): Promise<JobRecord[]> {
  const jobs = reader.selectFrom('pwj_jobs').where('id', 'in', ids);
  const query = brief
    ? jobs
        .select(selected(SMALL))
        .select([
          sql<string>`case when octet_length(data) <= ${READ} then data else 'null' end`.as('data'),
          sql<number | null>`case when octet_length(data) > ${LISTED} then octet_length(data) end`.as('dataBytes'),
          sql<string | null>`case when octet_length(result) <= ${LISTED} then result end`.as('result'),
          sql<number | null>`case when octet_length(result) > ${LISTED} then octet_length(result) end`.as(
            'resultBytes',
          ),
        ])
    : jobs.select(selected(columnsOf('pwj_jobs')));
  return (await query.execute()) as JobRecord[];
}
