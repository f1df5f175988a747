// Lists and searches of jobs, newest first: what an index serves is found at once, the rest is looked for in a bounded number of jobs.
import { type FieldError, JobsError } from '@phraseworks/sdk';
import { sql } from 'kysely';
import type { JobFilter, Where } from '../host.ts';
import { idFrom } from '../id.ts';
import { storedStates } from '../jobs/lifecycle.ts';
import type { JobRecord } from '../jobs/record.ts';
import type { Dialect } from './dialect/dialect.ts';
import { RECORD } from './record-columns.ts';
import { matchesOf, whereMatches } from './search-match.ts';
import { type Counts, lookedDownTo, scopeOf } from './search-scope.ts';
import { newest, type Range } from './search-stretches.ts';
import { searchWords, type Word } from './search-words.ts';

const MOST_WORDS = 20;

/** Bytes of data, or of a result, up to which a brief list has it. */
const LISTED = 512;
/** Data is read up to here all the same: summaries are made from it, and searches that hide secrets look at it. */
const READ = 8_192;
/** Bytes of one brief page: it ends early, with a cursor. */
const MOST_BYTES = 1_000_000;
/** Of a job without its texts. */
const OWN_BYTES = 700;

/** Jobs that are read at once where each is asked about, and that one answer looks at. */
const ONE_BY_ONE = 50;
const LOOKED_ONE_BY_ONE = 2_000;

/** Only these jobs: by a filter that the database knows, and by a question about each. */
export interface SeenOnly {
  where?: Where | undefined;
  sees(record: JobRecord): boolean | Promise<boolean>;
}

export interface RecordPage {
  records: JobRecord[];
  nextCursor: string | null;
  capped: boolean;
}

/** `brief` leaves out large data and results, which are then not even read. `capped` says that the search ended at its limit; `nextCursor` goes on from there. Throws `INVALID_DATA` for more than 20 words and for control characters. */
export async function searchJobs(
  dialect: Dialect,
  counts: Counts,
  filter: JobFilter,
  seen?: SeenOnly,
): Promise<RecordPage> {
  checkText(filter);
  const limit = Math.min(Math.max(filter.limit ?? 50, 1), 200);
  const words = wordsOf(filter.q);
  const states = [filter.status ?? []].flat().flatMap((state) => [...storedStates(state)]);
  const scope = await scopeOf(dialect, filter.schedule, states);
  const matches = [
    ...matchesOf(dialect, filter, words, scope.left),
    ...(seen?.where ? whereMatches(dialect, seen.where) : []),
  ];
  const range: Range = {
    from: filter.from === undefined ? null : idFrom(filter.from),
    below: lower(filter.cursor, filter.to === undefined ? undefined : idFrom(filter.to)),
  };
  // One by one, each has to be read and asked about.
  const looked = seen && !seen.where ? LOOKED_ONE_BY_ONE : undefined;
  const unbounded = matches.length === 0 && !seen;
  const floor = unbounded ? null : await lookedDownTo(dialect, scope, states, range, counts, looked);
  if (floor !== null) range.from = floor;
  const next = (most: number, below: string | null) =>
    newest<{ id: string }>(dialect, scope.stretches, {
      columns: ['id'],
      range: { ...range, below },
      matches,
      limit: most,
    });
  const found = seen ? await onlySeen(dialect, seen, next, range.below, limit + 1) : await next(limit + 1, range.below);
  const ids = found.slice(0, limit).map(({ id }) => id);
  const all = await recordsOf(dialect, ids, filter.brief === true);
  const records = filter.brief ? withinBudget(all) : all;
  const more = found.length > limit || records.length < all.length;
  return { records, nextCursor: more ? (records.at(-1)?.id ?? null) : floor, capped: !more && floor !== null };
}

/** Down to the same depth whatever is hidden, so that neither length nor cursor tells of a hidden job. */
async function onlySeen(
  dialect: Dialect,
  { sees }: SeenOnly,
  next: (most: number, below: string | null) => Promise<{ id: string }[]>,
  from: string | null,
  most: number,
): Promise<{ id: string }[]> {
  const found: { id: string }[] = [];
  for (let below = from; found.length < most; ) {
    const ids = (await next(ONE_BY_ONE, below)).map(({ id }) => id);
    for (const record of await recordsOf(dialect, ids, false)) if (await sees(record)) found.push({ id: record.id });
    const last = ids.at(-1);
    if (last === undefined || ids.length < ONE_BY_ONE) break;
    below = last;
  }
  return found.slice(0, most);
}

/** SQLite ends a pattern at a NUL, so that it would match every job. */
function checkText(filter: JobFilter): void {
  const errors: FieldError[] = [];
  for (const path of ['q', 'type', 'plugin', 'schedule', 'cursor'] as const) {
    // Spaces of any kind are between the words of a search.
    const text = path === 'q' ? filter[path]?.replace(/\s/g, ' ') : filter[path];
    if (text !== undefined && /[\p{Cc}\p{Cs}]/u.test(text))
      errors.push({ path, message: 'must be well-formed text without control characters' });
  }
  if (errors.length === 0) return;
  const text = errors.map(({ path, message }) => `${path} ${message}`).join('; ');
  throw new JobsError('INVALID_DATA', text, { errors });
}

/** As many jobs as one answer may hold, one at least. */
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

function wordsOf(q: string | undefined): Word[] {
  const words = searchWords(q ?? '');
  if (words.length <= MOST_WORDS) return words;
  const errors = [{ path: 'q', message: `has more than ${MOST_WORDS} words` }];
  throw new JobsError('INVALID_DATA', `q has more than ${MOST_WORDS} words`, { errors });
}

const lower = (a: string | undefined, b: string | undefined): string | null =>
  a === undefined || b === undefined ? (a ?? b ?? null) : a < b ? a : b;

const SMALL = RECORD.filter((name) => name !== 'data' && name !== 'result');

async function recordsOf({ reader }: Dialect, ids: readonly string[], brief: boolean): Promise<JobRecord[]> {
  if (ids.length === 0) return [];
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
  const rows = (await query.execute()) as JobRecord[];
  return rows.sort((a, b) => (a.id < b.id ? 1 : -1));
}
