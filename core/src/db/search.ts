// Lists and searches of jobs, newest first: what an index serves is found at once, the rest is looked for in a bounded number of jobs.
import { JobsError } from '@phraseworks/sdk';
import type { JobFilter } from '../host.ts';
import { idFrom } from '../id.ts';
import { storedStates } from '../jobs/lifecycle.ts';
import type { JobRecord } from '../jobs/record.ts';
import type { Dialect } from './dialect/dialect.ts';
import { RECORD } from './record-columns.ts';
import { matchesOf } from './search-match.ts';
import { type Counts, lookedDownTo, scopeOf } from './search-scope.ts';
import { newest, type Range } from './search-stretches.ts';
import { searchWords, type Word } from './search-words.ts';

const MOST_WORDS = 20;

export interface RecordPage {
  records: JobRecord[];
  nextCursor: string | null;
  capped: boolean;
}

/** `capped` says that the search ended at its limit; `nextCursor` goes on from there. Throws `INVALID_DATA` for more than 20 words. */
export async function searchJobs(dialect: Dialect, counts: Counts, filter: JobFilter): Promise<RecordPage> {
  const limit = Math.min(Math.max(filter.limit ?? 50, 1), 200);
  const words = wordsOf(filter.q);
  const states = [filter.status ?? []].flat().flatMap((state) => [...storedStates(state)]);
  const scope = await scopeOf(dialect, filter.schedule, states);
  const matches = matchesOf(dialect, filter, words, scope.left);
  const range: Range = {
    from: filter.from === undefined ? null : idFrom(filter.from),
    below: lower(filter.cursor, filter.to === undefined ? undefined : idFrom(filter.to)),
  };
  const floor = matches.length === 0 ? null : await lookedDownTo(dialect, scope, states, range, counts);
  if (floor !== null) range.from = floor;
  const found = await newest<{ id: string }>(dialect, scope.stretches, {
    columns: ['id'],
    range,
    matches,
    limit: limit + 1,
  });
  const ids = found.slice(0, limit).map(({ id }) => id);
  const records = await recordsOf(dialect, ids);
  const more = found.length > limit;
  return { records, nextCursor: more ? (ids.at(-1) ?? null) : floor, capped: !more && floor !== null };
}

function wordsOf(q: string | undefined): Word[] {
  const words = searchWords(q ?? '');
  if (words.length <= MOST_WORDS) return words;
  const errors = [{ path: 'q', message: `has more than ${MOST_WORDS} words` }];
  throw new JobsError('INVALID_DATA', `q has more than ${MOST_WORDS} words`, { errors });
}

const lower = (a: string | undefined, b: string | undefined): string | null =>
  a === undefined || b === undefined ? (a ?? b ?? null) : a < b ? a : b;

async function recordsOf({ reader }: Dialect, ids: readonly string[]): Promise<JobRecord[]> {
  if (ids.length === 0) return [];
  const rows = (await reader.selectFrom('pwj_jobs').select(RECORD).where('id', 'in', ids).execute()) as JobRecord[];
  return rows.sort((a, b) => (a.id < b.id ? 1 : -1));
}
