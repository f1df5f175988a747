// Lists and searches jobs in one of three orders: by an index if one fits, otherwise among a limited number of jobs.

import {
  type FieldError,
  fits,
  type JobFilter,
  type JobSort,
  type JobStateFilter,
  type SearchWord,
  searchWords,
  type Where,
} from '@phraseworks/sdk';
import { FILTER_STATES, fitsKind, JOB_SORTS, LIMITS } from '@phraseworks/sdk/host';
import { type ExpressionBuilder, sql } from 'kysely';
import { nameOfKey } from '../job/keyed.ts';
import { covers, isFinal, publicState, type StoredState } from '../job/lifecycle.ts';
import type { JobRecord } from '../job/record.ts';
import { invalid } from '../kernel/errors.ts';
import { idFrom } from '../kernel/id.ts';
import { decodeJson } from '../kernel/json.ts';
import { aboutOfJob, idsAbout } from './about.ts';
import type { ShownTypes } from './codec.ts';
import type { Dialect } from './dialect.ts';
import { columnsOf, type Database, selected } from './schema.ts';
import {
  cursorOf,
  type IdRange,
  MOST_PARTS,
  ORDERS,
  type Order,
  type Place,
  readCursor,
  sortOf,
} from './search-order.ts';
import { firstOf, furthest, lastToExamine, type Scope, type StatePart, scopeOf } from './search-scope.ts';
import { isFoundBy, readsData } from './search-words.ts';

const MOST_WORDS = 20;
const TEXTS = ['q', 'type', 'plugin', 'schedule', 'key', 'about', 'cursor'] as const;

/** Places to read at once, and to count at most. */
const PLACES_AT_ONCE = 500;
const MOST_COUNTED = 10_000;

/** Jobs of one key that are looked at. */
const MOST_OF_KEY = 10_000;

/** Bytes up to which a brief list includes data or a result. */
const LISTED = 512;
/** Bytes of data to read anyway: for summaries, and for searches that hide secrets. */
const READ = 8_192;
/** Bytes of one brief page, which then ends early with a cursor. */
const MOST_BYTES = 1_000_000;
/** Bytes of a job without its texts. */
const OWN_BYTES = 700;

/** Where reads block: jobs per statement. */
const BRIEF_AT_ONCE = 100;
const WHOLE_AT_ONCE = 25;
/** Jobs to examine at once, and bytes of their data. */
const EXAMINED_AT_ONCE = 500;
const DATA_AT_ONCE = 1_000_000;
/** Bytes of data that one request may examine. */
const MOST_EXAMINED = 100_000_000;

export interface RecordPage {
  records: JobRecord[];
  nextCursor: string | null;
  capped: boolean;
  /** If it was asked for. */
  total?: number;
  /** There are more than the total. */
  totalCapped?: boolean;
}

/** The words of a filter, and the states it covers (undefined: all). Throws `INVALID_DATA` for more than 20 words or 100 ids, an unknown state or order and control characters. */
function readFilter(filter: JobFilter): {
  words: SearchWord[];
  states: JobStateFilter[] | undefined;
} {
  checkText(filter);
  if ((filter.ids?.length ?? 0) > LIMITS.ids)
    throw invalid([{ path: 'ids', message: `has more than ${LIMITS.ids} ids` }]);
  const { offset = 0 } = filter;
  if (!(Number.isInteger(offset) && offset >= 0 && offset <= LIMITS.offset))
    throw invalid([{ path: 'offset', message: `must be a whole number from 0 to ${LIMITS.offset}` }]);
  if (offset > 0 && filter.cursor !== undefined)
    throw invalid([{ path: 'offset', message: 'cannot be combined with `cursor`' }]);
  if (filter.sort !== undefined && !JOB_SORTS.includes(filter.sort))
    throw invalid([{ path: 'sort', message: `is an unknown order: the orders are ${JOB_SORTS.join(', ')}` }]);
  if ((filter.endedFrom ?? filter.endedTo) !== undefined && sortOf(filter) !== 'ended')
    throw invalid([{ path: 'sort', message: 'must be `ended` with `endedFrom` or `endedTo`' }]);
  if (filter.key !== undefined && filter.type === undefined)
    throw invalid([{ path: 'key', message: 'needs `type`: each type has its own keys' }]);
  const words = searchWords(filter.q ?? '');
  if (words.length > MOST_WORDS) throw invalid([{ path: 'q', message: `has more than ${MOST_WORDS} words` }]);
  return { words, states: statesOf(filter.status, words) };
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
  const { cursor, offset = 0 } = filter;
  const sort = sortOf(filter);
  const order = ORDERS[sort];
  const after = cursor === undefined ? null : readCursor(sort, cursor);
  const limit = Math.min(Math.max(filter.limit ?? 50, 1), 200);
  const parts = partsOf({ ...filter, states, where, words }, counts, types)?.filter(({ state }) => isIn(sort, state));
  const total = parts && totalOf(parts, counts);
  const ids = await idsOf(dialect, filter, words);
  const own = ids === undefined ? filter : { ...filter, ids };
  if (parts?.length === 0 || (ids !== filter.ids && ids?.length === 0))
    return { records: [], nextCursor: null, capped: false, ...(filter.total ? { total: 0, totalCapped: false } : {}) };
  const scope = scopeOf({ ...own, sort }, parts, total);
  const range: IdRange = {
    endedFrom: filter.endedFrom,
    endedTo: filter.endedTo,
    from: filter.from === undefined ? null : idFrom(filter.from),
    below: filter.to === undefined ? null : idFrom(filter.to),
  };
  const check = checkOf({ ...own, sort }, words, scope.left, where, types.ownerOf);
  const find = async (from: Place | null, most: number): Promise<{ found: Place[]; end: Place | null }> => {
    if (check) return examine(dialect, scope, { order, ids: range, after: from, total: total ?? null }, check, most);
    const found: Place[] = [];
    for (let isLast = false; !isLast; ) {
      const some = Math.min(most - found.length, PLACES_AT_ONCE);
      const stretch = { order, ids: range, after: found.at(-1) ?? from, columns: order.columns, limit: some };
      const part = await firstOf<Place>(dialect, scope.indexRanges, stretch);
      found.push(...part);
      isLast = part.length < some || found.length === most;
    }
    return { found, end: null };
  };
  const { found: reached, end } = await find(after, offset + limit + 1);
  const found = reached.slice(offset);
  const all = await recordsOf(dialect, idsIn(found.slice(0, limit)), filter.brief === true);
  const records = filter.brief ? withinBudget(all) : all;
  const more = found.length > limit || records.length < all.length;
  const last = more ? (found.find(({ id }) => id === records.at(-1)?.id) ?? null) : end;
  const nextCursor = last ? cursorOf(sort, last.id, last.at ?? null) : null;
  const page = { records, nextCursor, capped: !more && end !== null };
  if (!filter.total) return page;
  const counted = await find(null, MOST_COUNTED + 1);
  const totalCapped = counted.found.length > MOST_COUNTED || counted.end !== null;
  return { ...page, total: Math.min(counted.found.length, MOST_COUNTED), totalCapped };
}

/** Can jobs in this state be in a list of this order? */
const isIn = (sort: JobSort, state: StoredState): boolean =>
  sort === 'due' ? state === 'scheduled' : sort !== 'ended' || isFinal(publicState(state));

/** Of a key, or about content, if the filter or a word names any: the jobs that may be in the list. */
async function idsOf(
  dialect: Dialect,
  filter: JobFilter,
  words: readonly SearchWord[],
): Promise<readonly string[] | undefined> {
  let ids = filter.key === undefined ? filter.ids : await idsOfKey(dialect, filter);
  const named = words.flatMap(({ kind, text }) => (kind === 'about' ? [text] : []));
  for (const about of [...(filter.about === undefined ? [] : [filter.about]), ...named]) {
    const found = new Set(await idsAbout(dialect, about));
    ids = ids === undefined ? [...found] : ids.filter((id) => found.has(id));
  }
  return ids;
}

/** The newest jobs of a key, of those that the filter names. */
async function idsOfKey(
  { reader }: Dialect,
  { type = '', key = '', ids }: Pick<JobFilter, 'type' | 'key' | 'ids'>,
): Promise<string[]> {
  const query = reader.selectFrom('pwj_keys').select('job_id as id').where('name', '=', nameOfKey(type, key));
  const rows = await query.orderBy('seq', 'desc').limit(MOST_OF_KEY).execute();
  return rows.flatMap(({ id }) => (ids === undefined || ids.includes(id) ? [id] : []));
}

const idsIn = (places: readonly Place[]): string[] => places.map(({ id }) => id);

/** What a search looks at in each job. */
interface Examined extends Place, Pick<JobRecord, 'type' | 'state' | 'schedule' | 'error'> {
  /** Of its data. */
  bytes: number;
}

interface Check {
  needsData: boolean;
  fits(job: Examined, data: string): boolean;
}

/** Null if everything in the ranges fits. `left`: states and types that no range has chosen. */
function checkOf(
  { schedule, ids, sort }: JobFilter,
  words: readonly SearchWord[],
  left: readonly StatePart[],
  where: Where | undefined,
  ownerOf: ShownTypes['ownerOf'],
): Check | null {
  const isOfSchedule = schedule !== undefined && (ids !== undefined || sort === 'due' || sort === 'ended');
  const open = words.filter(
    ({ kind }) => kind !== 'status' && kind !== 'type' && kind !== 'plugin' && kind !== 'about',
  );
  if (!isOfSchedule && !where && left.length === 0 && open.length === 0) return null;
  return {
    needsData: open.some(readsData) || where?.data !== undefined,
    fits: (job, data) =>
      (!isOfSchedule || job.schedule === schedule) &&
      (left.length === 0 || left.some(({ state, types }) => state === job.state && types.includes(job.type))) &&
      open.every((word) => isFoundBy(word, { ...job, data })) &&
      (!where || fits(where, { ...job, plugin: ownerOf(job.type), data: where.data && decodeJson(data) })),
  };
}

/**
 * The jobs that fit, in the order, at most `limit` of them; and where it stopped before it reached the last job. It goes to the same
 * depth whatever `where` hides, so that neither length nor cursor reveals a hidden job.
 */
async function examine(
  dialect: Dialect,
  scope: Scope,
  { order, ids, after: from, total }: { order: Order; ids: IdRange; after: Place | null; total: number | null },
  { needsData, fits }: Check,
  limit: number,
): Promise<{ found: Place[]; end: Place | null }> {
  const { indexRanges } = scope;
  const upTo = await lastToExamine(dialect, scope, { order, ids, after: from }, total);
  const each = Math.max(50, Math.ceil(EXAMINED_AT_ONCE / indexRanges.length));
  const columns = [...order.columns, 'type', 'state', 'schedule', 'error', 'bytes'] as const;
  const found: Place[] = [];
  let bytesLeft = MOST_EXAMINED;
  for (let after = from; ; ) {
    const end = await furthest(dialect, indexRanges, { order, ids, after, upTo }, each);
    const page = { order, ids, after, upTo: end ?? upTo, columns, limit: each * MOST_PARTS * indexRanges.length };
    for (const part of inParts(await firstOf<Examined>(dialect, indexRanges, page))) {
      if (bytesLeft <= 0) return { found, end: after };
      const texts = needsData ? await dataOf(dialect, part) : null;
      for (const job of part) {
        after = job;
        if (texts) bytesLeft -= job.bytes;
        if (fits(job, texts?.get(job.id) ?? '')) found.push(job);
        if (found.length === limit) return { found, end: upTo };
      }
    }
    if (end === null) return { found, end: upTo };
    after = end;
  }
}

/** Each with little data, or one job. */
function inParts(jobs: readonly Examined[]): Examined[][] {
  const parts: Examined[][] = [];
  let room = 0;
  for (const job of jobs) {
    if (parts.length === 0 || job.bytes > room) {
      parts.push([]);
      room = DATA_AT_ONCE;
    }
    parts.at(-1)?.push(job);
    room -= job.bytes;
  }
  return parts;
}

async function dataOf({ reader }: Dialect, jobs: readonly Examined[]): Promise<Map<string, string>> {
  const rows = await reader.selectFrom('pwj_jobs').select(['id', 'data']).where('id', 'in', idsIn(jobs)).execute();
  return new Map(rows.map(({ id, data }) => [id, data]));
}

function checkText(filter: Pick<JobFilter, (typeof TEXTS)[number]>): void {
  const errors: FieldError[] = [];
  for (const path of TEXTS) {
    // Any whitespace separates words.
    const text = path === 'q' ? filter[path]?.replace(/\s/g, ' ') : filter[path];
    if (text !== undefined && /[\p{Cc}\p{Cs}]/u.test(text))
      errors.push({ path, message: 'must be well-formed text without control characters' });
  }
  if (errors.length > 0) throw invalid(errors);
}

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

/** Jobs of a state and type. */
export interface Count {
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
    words?: readonly SearchWord[];
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
function statesOf(filter: JobFilter['status'], words: readonly SearchWord[]): JobStateFilter[] | undefined {
  const named = words.flatMap(({ kind, text }) => (kind === 'status' ? [known(text, 'q')] : []));
  const given = [filter ?? []].flat().map((state) => known(state, 'status'));
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
    throw invalid([{ path, message: `has an unknown state: the states are ${FILTER_STATES.join(', ')}` }]);
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

/** Its key; null if it has none. */
export const keyOfJob = (e: ExpressionBuilder<Database, 'pwj_jobs'>) =>
  e.selectFrom('pwj_keys').select('pwj_keys.key').whereRef('job_id', '=', 'pwj_jobs.id').as('key');

/** In any order; `brief` leaves large data and results out. */
export async function readRecords({ reader }: Dialect, ids: readonly string[], brief: boolean): Promise<JobRecord[]> {
  const jobs = reader.selectFrom('pwj_jobs').select(keyOfJob).select(aboutOfJob).where('id', 'in', ids);
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
