// The parts of a search on MySQL and MariaDB.
import { sql } from 'kysely';
import type { SearchSql } from '../dialect.ts';

export const searchSql: SearchSql = {
  // Without this, a server may walk down the table for the sake of the order.
  jobsAlong: (index) => sql.raw(`pwj_jobs force index (${index})`),
  tie: sql`id`,
  tieOf: async (_reader, id) => id,
};
