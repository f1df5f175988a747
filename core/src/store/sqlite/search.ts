// The parts of a search on SQLite.
import { sql } from 'kysely';
import type { SearchSql } from '../dialect.ts';

export const searchSql: SearchSql = {
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
