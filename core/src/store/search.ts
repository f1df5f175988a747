// Lists and searches jobs, newest first: by an index if one fits, otherwise among a limited number of jobs.

import { type FieldError, type JobState, JobsError } from '@phraseworks/sdk';
import { sql } from 'kysely';
import { STATES, storedStates } from '../job/lifecycle.ts';
import type { JobRecord } from '../job/record.ts';
import { idFrom } from '../kernel/id.ts';
import { RECORD } from './codec.ts';
import type { Dialect, Sql } from './dialect.ts';
import type { JobFilter, Where } from './job-filter.ts';
import {
  type Counts,
  floorId,
  type IdRange,
  type IndexRange,
  newest,
  oldestToExamine,
  scopeOf,
} from './search-scope.ts';
import { matchesOf, searchWords, type Word, whereMatches } from './search-words.ts';

const MOST_WORDS = 20;
/** Ids in one filter. */
export const MOST_IDS = 100;
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

/** Jobs to read at once if each needs a check, and jobs to examine per request. */
const ONE_BY_ONE = 50;
const LOOKED_ONE_BY_ONE = 2_000;

/** Only these jobs: by a database filter, and by a check of each. */
export interface SeenOnly {
  where?: Where | undefined;
  sees(record: JobRecord): boolean | Promise<boolean>;
}

export interface RecordPage {
  records: JobRecord[];
  nextCursor: string | null;
  capped: boolean;
}

/** The words of a filter, and the states it covers (undefined: all). Throws `INVALID_DATA` for more than 20 words or 100 ids, an unknown state and control characters; `at` is where the filter stands in the request. */
export function readFilter(
  filter: Pick<JobFilter, (typeof TEXTS)[number] | 'status' | 'ids'>,
  at = '',
): { words: Word[]; statuses: JobState[] | undefined } {
  checkText(filter, at);
  if ((filter.ids?.length ?? 0) > MOST_IDS)
    throw wrong([{ path: `${at}ids`, message: `has more than ${MOST_IDS} ids` }]);
  const words = searchWords(filter.q ?? '');
  if (words.length > MOST_WORDS) throw wrong([{ path: `${at}q`, message: `has more than ${MOST_WORDS} words` }]);
  return { words, statuses: statusesOf(filter.status, words, at) };
}

/** `brief` omits large data and results, which are then not read. `capped`: the search reached its limit; `nextCursor` continues it. Throws `INVALID_DATA` as `readFilter` does. */
export async function searchJobs(
  dialect: Dialect,
  counts: Counts,
  filter: JobFilter,
  seen?: SeenOnly,
): Promise<RecordPage> {
  const { words, statuses } = readFilter(filter);
  const limit = Math.min(Math.max(filter.limit ?? 50, 1), 200);
  if (statuses?.length === 0) return { records: [], nextCursor: null, capped: false };
  const states = (statuses ?? []).flatMap((state) => [...storedStates(state)]);
  const scope = await scopeOf(dialect, filter, states);
  const matches = [
    ...matchesOf(dialect.search, filter, words, scope.left),
    ...(seen?.where ? whereMatches(dialect.search, seen.where) : []),
  ];
  const range: IdRange = {
    from: filter.from === undefined ? null : idFrom(filter.from),
    below: lower(filter.cursor, filter.to === undefined ? undefined : idFrom(filter.to)),
  };
  // Without a filter, each job must be read and checked.
  const looked = seen && !seen.where ? LOOKED_ONE_BY_ONE : undefined;
  const unbounded = matches.length === 0 && !seen;
  const floor = unbounded ? null : await oldestToExamine(dialect, scope, states, range, counts, looked);
  if (floor !== null) range.from = floor;
  const characters = (filter.q ?? '').length + JSON.stringify(seen?.where?.data ?? '').length - 2;
  const search = new Search(dialect, scope.indexRanges, { range, matches, characters });
  const found = seen
    ? await onlySeen(dialect, seen, search, range.below, limit + 1)
    : await search.next(limit + 1, range.below);
  const end = search.end ?? floor;
  const ids = found.slice(0, limit).map(({ id }) => id);
  const all = await recordsOf(dialect, ids, filter.brief === true);
  const records = filter.brief ? withinBudget(all) : all;
  const more = found.length > limit || records.length < all.length;
  return { records, nextCursor: more ? (records.at(-1)?.id ?? null) : end, capped: !more && end !== null };
}

interface Wanted {
  range: IdRange;
  matches: readonly Sql[];
  /** Characters to search for in the data. */
  characters: number;
}

interface Sized {
  id: string;
  bytes: number;
}

/** Where reads block, searches run one at a time: in parallel they would take as long and use more memory. */
const lastSearches = new WeakMap<Dialect, Promise<unknown>>();

/** Matching jobs, newest first. Where reads block, large data is searched in short statements. */
class Search {
  readonly #dialect: Dialect;
  readonly #indexRanges: readonly IndexRange[];
  readonly #wanted: Wanted;
  #bytesLeft = MOST_LOOKED;
  #end: string | null = null;

  constructor(dialect: Dialect, indexRanges: readonly IndexRange[], wanted: Wanted) {
    this.#dialect = dialect;
    this.#indexRanges = indexRanges;
    this.#wanted = wanted;
  }

  /** The oldest id examined, if there was too much data to go further. */
  get end(): string | null {
    return this.#end;
  }

  /** At most `limit` with an id below `below`; fewer only if there are no more, or at the end. */
  async next(limit: number, below: string | null): Promise<{ id: string }[]> {
    const { range, matches, characters } = this.#wanted;
    if (!this.#dialect.blocking || characters === 0)
      return this.#read<{ id: string }>(['id'], { ...range, below }, limit, matches);
    const before = lastSearches.get(this.#dialect);
    const mine = (async () => {
      await before;
      return this.#lookThrough(limit, below);
    })();
    lastSearches.set(
      this.#dialect,
      mine.catch(() => {}),
    );
    return mine;
  }

  async #lookThrough(limit: number, below: string | null): Promise<{ id: string }[]> {
    const { range, matches } = this.#wanted;
    const found: { id: string }[] = [];
    const each = Math.max(50, Math.ceil(limit / this.#indexRanges.length));
    for (let upper = below; ; ) {
      const floor = await floorId(this.#dialect, this.#indexRanges, { ...range, below: upper }, each);
      const page = { from: floor ?? range.from, below: upper };
      const rows = await this.#read<Sized>(['id', 'bytes'], page, each * this.#indexRanges.length);
      for (const part of this.#parts(rows)) {
        if (this.#bytesLeft <= 0) {
          this.#end = upper;
          return found;
        }
        const from = part.at(-1)?.id ?? null;
        const left = limit - found.length;
        found.push(...(await this.#read<{ id: string }>(['id'], { from, below: upper }, left, matches)));
        const last = found.length === limit ? (found.at(-1)?.id ?? '') : '';
        for (const { id, bytes } of part) if (id >= last) this.#bytesLeft -= bytes;
        if (found.length === limit) return found;
        upper = from;
      }
      if (floor === null) return found;
      upper = floor;
    }
  }

  #read<R extends { id: string }>(
    columns: readonly (keyof R & string)[],
    range: IdRange,
    limit: number,
    matches: readonly Sql[] = [],
  ): Promise<R[]> {
    return newest<R>(this.#dialect, this.#indexRanges, { columns, range, matches, limit });
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

/** Goes to the same depth whatever is hidden, so that neither length nor cursor reveals a hidden job. */
async function onlySeen(
  dialect: Dialect,
  { sees }: SeenOnly,
  search: Search,
  from: string | null,
  most: number,
): Promise<{ id: string }[]> {
  const found: { id: string }[] = [];
  for (let below = from; found.length < most; ) {
    const ids = (await search.next(ONE_BY_ONE, below)).map(({ id }) => id);
    for (const record of await recordsOf(dialect, ids, false)) if (await sees(record)) found.push({ id: record.id });
    const last = ids.at(-1);
    if (last === undefined || ids.length < ONE_BY_ONE) break;
    below = last;
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

/** The states that the filter and the words `status:failed` have in common; undefined: all. */
function statusesOf(filter: JobFilter['status'], words: readonly Word[], at: string): JobState[] | undefined {
  const named = words.filter(({ kind }) => kind === 'status');
  const given = [filter ?? []].flat();
  if (named.length === 0) return given.length === 0 ? undefined : given;
  if (named.some(({ text }) => !(STATES as readonly string[]).includes(text))) {
    throw wrong([{ path: `${at}q`, message: `has an unknown state: the states are ${STATES.join(', ')}` }]);
  }
  const all = given.length === 0 ? STATES : given;
  return all.filter((state) => named.every(({ text }) => text === state));
}

const lower = (a: string | undefined, b: string | undefined): string | null =>
  a === undefined || b === undefined ? (a ?? b ?? null) : a < b ? a : b;

const SMALL = RECORD.filter((name) => name !== 'data' && name !== 'result');

/** Newest first. */
async function recordsOf(dialect: Dialect, ids: readonly string[], brief: boolean): Promise<JobRecord[]> {
  const atOnce = dialect.blocking ? (brief ? BRIEF_AT_ONCE : WHOLE_AT_ONCE) : ids.length;
  const records: JobRecord[] = [];
  for (let from = 0; from < ids.length; from += atOnce)
    records.push(...(await readRecords(dialect, ids.slice(from, from + atOnce), brief)));
  return records.sort((a, b) => (a.id < b.id ? 1 : -1));
}

async function readRecords({ reader }: Dialect, ids: readonly string[], brief: boolean): Promise<JobRecord[]> {
  const jobs = reader.selectFrom('pwj_jobs').where('id', 'in', ids);
  const query = brief
    ? jobs
        .select(SMALL)
        .select([
          sql<string>`case when octet_length(data) <= ${READ} then data else 'null' end`.as('data'),
          sql<number | null>`case when octet_length(data) > ${LISTED} then octet_length(data) end`.as('dataBytes'),
          sql<string | null>`case when octet_length(result) <= ${LISTED} then result end`.as('result'),
          sql<number | null>`case when octet_length(result) > ${LISTED} then octet_length(result) end`.as(
            'resultBytes',
          ),
        ])
    : jobs.select(RECORD);
  return (await query.execute()) as JobRecord[];
}
