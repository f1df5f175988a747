// The parts of a search on SQLite.
import { sql } from 'kysely';
import type { SearchSql, Sql } from '../dialect.ts';
import { jsonPath, patternOf } from '../search-words.ts';

/** LIKE backtracks at each partial match: 90 ms for 250 kB of one letter and a word of 200. */
const MOST_LIKE = 32;

/** `like` and `lower` only handle the case of A to Z. */
const like = (value: Sql, pattern: string): Sql => sql`${value} like ${pattern} escape '!'`;

/** LIKE finds short words three times as fast as `instr`, but refuses very long ones. */
const contains = (value: Sql, text: string): Sql =>
  text.length > MOST_LIKE ? sql`instr(lower(${value}), lower(${text})) > 0` : like(value, patternOf(text));

const valueAt = (path: readonly string[]): Sql => sql`(case when json_valid(data) then data -> ${jsonPath(path)} end)`;

export const searchSql: SearchSql = {
  contains,
  like,
  valueAt,
  // The value must occur in the text as `->` returns it: this rules out most jobs before their JSON is parsed, which takes longer.
  valueContains: (path, text) => sql`(${contains(sql`data`, text)} and ${contains(valueAt(path), text)})`,
  listOf: (tuples) => sql`values ${tuples}`,
  jobsAlong: () => sql`pwj_jobs`,
  tie: sql`rowid`,
  // Rows are inserted nearly in the order of their ids.
  tieOf: async (reader, id) =>
    (
      await reader
        .selectFrom('pwj_jobs')
        .select(sql<number>`rowid`.as('tie'))
        .where('id', '<=', id)
        .orderBy('id', 'desc')
        .limit(1)
        .executeTakeFirst()
    )?.tie ?? 0,
};
