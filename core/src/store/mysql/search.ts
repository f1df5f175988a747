// The parts of a search on MySQL and MariaDB.
import { sql } from 'kysely';
import type { SearchSql, Sql } from '../dialect.ts';
import { jsonPath, patternOf } from '../search-words.ts';

const like = (value: Sql, pattern: string): Sql => sql`${value} collate utf8mb4_general_ci like ${pattern} escape '!'`;

const contains = (value: Sql, text: string): Sql => like(value, patternOf(text));

/** As text, so that numbers, lists and `true` are found as written. */
const valueAt = (path: readonly string[]): Sql =>
  sql`(case when json_valid(data) then cast(json_extract(data, ${jsonPath(path)}) as char) end)`;

export const searchSql: SearchSql = {
  contains,
  like,
  valueAt,
  valueContains: (path, text) => contains(valueAt(path), text),
  listOf: (tuples) => tuples,
  // Without this, a server may walk down the table for the sake of the order.
  jobsAlong: (index) => sql.raw(`pwj_jobs force index (${index})`),
  tie: sql`id`,
  tieOf: async (_reader, id) => id,
};
