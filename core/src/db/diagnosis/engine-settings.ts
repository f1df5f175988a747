// What the engine says of itself, read from the connection that the queue would use.
import { type Kysely, sql } from 'kysely';
import type { Dialect } from '../dialect/dialect.ts';
import type { Database } from '../schema.ts';

export interface EngineSettings {
  /** The setting that decides whether a commit waits for the disk, and its value. */
  durability: { setting: string; value: string; waitsForDisk: boolean };
  isolation: string;
  /** Values that do not fit are refused. */
  strict: boolean;
  /** Bytes of one statement at most; null: no limit that matters. */
  packet: number | null;
}

export const engineSettings = ({ name, db }: Dialect): Promise<EngineSettings> =>
  name === 'sqlite' ? ofSqlite(db) : ofMysql(db);

async function ofSqlite(db: Kysely<Database>): Promise<EngineSettings> {
  const { rows } = await sql<{ synchronous: number }>`pragma synchronous`.execute(db);
  const value = Number(rows[0]?.synchronous);
  return {
    durability: {
      setting: 'synchronous',
      value: ['OFF', 'NORMAL', 'FULL', 'EXTRA'][value] ?? '?',
      waitsForDisk: value >= 2,
    },
    isolation: 'SERIALIZABLE',
    strict: true,
    packet: null,
  };
}

async function ofMysql(db: Kysely<Database>): Promise<EngineSettings> {
  const { rows } = await sql<{ Variable_name: string; Value: string }>`show session variables where variable_name in
    ('innodb_flush_log_at_trx_commit', 'transaction_isolation', 'tx_isolation', 'sql_mode', 'max_allowed_packet')`.execute(
    db,
  );
  const values = new Map(rows.map((row) => [row.Variable_name.toLowerCase(), String(row.Value)]));
  const flush = values.get('innodb_flush_log_at_trx_commit') ?? '?';
  return {
    durability: { setting: 'innodb_flush_log_at_trx_commit', value: flush, waitsForDisk: flush === '1' },
    // MariaDB before 11.1 has the older name only.
    isolation: values.get('transaction_isolation') ?? values.get('tx_isolation') ?? '?',
    strict: /\bSTRICT_(ALL|TRANS)_TABLES\b/.test(values.get('sql_mode') ?? ''),
    packet: Number(values.get('max_allowed_packet')),
  };
}

/** Milliseconds since 1970 by the clock of the database; null where that is the clock of this process. */
export async function databaseClock({ name, db }: Dialect): Promise<number | null> {
  if (name === 'sqlite') return null;
  const { rows } = await sql<{ ms: number }>`select cast(unix_timestamp(now(3)) * 1000 as signed) as ms`.execute(db);
  return Number(rows[0]?.ms);
}

/** The columns of the index that claims go by, in their order, each with `desc` where it runs backwards; empty when it is not there. */
export async function claimIndex({ name, db }: Dialect): Promise<string[]> {
  if (name === 'sqlite') {
    const { rows } = await sql<{ name: string; desc: number; key: number }>`
      select name, "desc", key from pragma_index_xinfo('pwj_jobs_claim') order by seqno`.execute(db);
    return rows.filter((row) => row.key === 1).map((row) => (row.desc === 1 ? `${row.name} desc` : row.name));
  }
  const { rows } = await sql<{ name: string; direction: string | null }>`
    select column_name as name, collation as direction from information_schema.statistics
    where table_schema = database() and table_name = 'pwj_jobs' and index_name = 'pwj_jobs_claim' order by seq_in_index`.execute(
    db,
  );
  return rows.map((row) => (row.direction === 'D' ? `${row.name} desc` : row.name));
}
