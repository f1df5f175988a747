// What the engine says of itself, read from the connection that the queue would use.
import { type Kysely, sql } from 'kysely';
import type { Dialect } from '../dialect.ts';
import type { Database } from '../schema.ts';

export interface EngineSettings {
  /** The setting that decides whether a commit waits for the disk, and its value. */
  durability: { setting: string; value: string; waitsForDisk: boolean };
  isolation: string;
  /** Values that do not fit are refused. */
  strict: boolean;
  /** Bytes of one statement at most; null: no limit that matters. */
  packet: number | null;
  /** Connections that the server takes at most. */
  connections: number | null;
  /** Settings by which a server or its binary log can lose or tear what it has acknowledged. */
  risks: { setting: string; value: string; wanted: string; loses: string }[];
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
    connections: null,
    risks: [],
  };
}

async function ofMysql(db: Kysely<Database>): Promise<EngineSettings> {
  const { rows } = await sql<{ Variable_name: string; Value: string }>`show session variables where variable_name in
    ('innodb_flush_log_at_trx_commit', 'transaction_isolation', 'tx_isolation', 'sql_mode', 'max_allowed_packet',
     'max_connections', 'log_bin', 'sync_binlog', 'innodb_doublewrite', 'innodb_flush_method')`.execute(db);
  const values = new Map(rows.map((row) => [row.Variable_name.toLowerCase(), String(row.Value)]));
  const flush = values.get('innodb_flush_log_at_trx_commit') ?? '?';
  return {
    durability: { setting: 'innodb_flush_log_at_trx_commit', value: flush, waitsForDisk: flush === '1' },
    // MariaDB before 11.1 has the older name only.
    isolation: values.get('transaction_isolation') ?? values.get('tx_isolation') ?? '?',
    strict: /\bSTRICT_(ALL|TRANS)_TABLES\b/.test(values.get('sql_mode') ?? ''),
    packet: Number(values.get('max_allowed_packet')),
    connections: Number(values.get('max_connections')),
    risks: risksOf(values),
  };
}

/** Sources: https://mariadb.com/docs/server/server-usage/storage-engines/innodb/innodb-system-variables and the pages on the binary log. Pure. */
export function risksOf(values: ReadonlyMap<string, string>): EngineSettings['risks'] {
  const is = (setting: string, pattern: RegExp): boolean => pattern.test(values.get(setting) ?? '');
  const all = [
    {
      setting: 'sync_binlog',
      wanted: '1',
      loses: 'after a power cut the binary log, and whoever copies it, lacks jobs that were acknowledged',
      bad: is('log_bin', /^(?:on|1)$/i) && !is('sync_binlog', /^1$/),
    },
    {
      setting: 'innodb_doublewrite',
      wanted: 'ON',
      loses: 'a power cut in the middle of a page can damage the tables',
      bad: is('innodb_doublewrite', /^(?:off|0)$/i),
    },
    {
      setting: 'innodb_flush_method',
      wanted: 'O_DIRECT',
      loses: 'a commit does not wait for the disk, whatever else is set',
      bad: is('innodb_flush_method', /nosync/i),
    },
  ];
  return all.flatMap(({ bad, ...risk }) => (bad ? [{ ...risk, value: values.get(risk.setting) ?? '?' }] : []));
}

/** Milliseconds since 1970 by the clock of the database; null where that is the clock of this process. */
export async function databaseClock({ name, db }: Dialect): Promise<number | null> {
  if (name === 'sqlite') return null;
  const { rows } = await sql<{ ms: number }>`select cast(unix_timestamp(now(3)) * 1000 as signed) as ms`.execute(db);
  return Number(rows[0]?.ms);
}
