// The checks of a MySQL or MariaDB server.
import { sql } from 'kysely';
import { type Check, type Diagnosis, fail, type IndexPart, ok, tryTable, warn } from './diagnosis.ts';

/** Bytes. */
const GOOD_PACKET = 16_777_216;
/** What each process opens at most, and what the server, a command and a person at a console need beside them. */
const PER_PROCESS = 8;
const BESIDE = 10;

const RIGHTS = 'Grant SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX and DROP on the database.';

/** Problems that rights of this user do not solve. */
const CURES: Readonly<Record<string, string>> = {
  disk_full: 'Make room on the disk of the server.',
  read_only: 'Turn off read_only and super_read_only on the server, or name a server that accepts writes.',
  no_answer:
    'Find out what keeps the server busy; max_statement_time and max_execution_time must allow several seconds.',
};

export const mysql: Diagnosis = {
  settings: async (db) => {
    const { rows } = await sql<{ Variable_name: string; Value: string }>`show session variables where variable_name in
      ('innodb_flush_log_at_trx_commit', 'transaction_isolation', 'tx_isolation', 'sql_mode', 'max_allowed_packet',
       'max_connections', 'log_bin', 'sync_binlog', 'innodb_doublewrite', 'innodb_flush_method')`.execute(db);
    const values = new Map(rows.map((row) => [row.Variable_name.toLowerCase(), String(row.Value)]));
    // Before the first start there is no such table.
    const nodes = await sql<{ n: number }>`select count(*) as n from pwj_nodes`.execute(db).catch(() => null);
    return settingsChecks(values, Number(nodes?.rows[0]?.n ?? 0));
  },
  tryRights: async ({ db, types }, table) => {
    try {
      await tryTable(db, types, table);
    } finally {
      await sql`drop table if exists ${sql.table(table)}`.execute(db);
    }
  },
  cure: (reason) => CURES[reason] ?? RIGHTS,
  mayDoEverything: async (db) => {
    const { rows } = await sql<Record<string, string>>`show grants`.execute(db);
    return rows.some((row) => hasAllPrivileges(Object.values(row)[0] ?? ''));
  },
  indexes: async (reader) => (await indexParts.execute(reader)).rows,
  oddTables: async ({ reader, types }) => {
    const { rows } = await tables.execute(reader);
    const collation = /collate (\w+)/.exec(types.table)?.[1];
    return rows.flatMap(({ name, engine, collation: found }) => {
      const cure = `alter table ${name} engine = InnoDB, convert to character set utf8mb4 collate ${collation}`;
      return [
        ...(/^innodb$/i.test(engine) ? [] : [{ says: `${name} is a table of ${engine}, not InnoDB`, cure }]),
        ...(/^utf8mb4_.*bin$/.test(found) ? [] : [{ says: `${name} has the collation ${found}`, cure }]),
      ];
    });
  },
  damage: async () => null,
};

/** `values`: the settings by name; `processes`: how many are on the database now. Pure. */
export function settingsChecks(values: ReadonlyMap<string, string>, processes = 0): Check[] {
  const flush = values.get('innodb_flush_log_at_trx_commit') ?? '?';
  const found = `innodb_flush_log_at_trx_commit is ${flush}`;
  // MariaDB before 11.1 only has the older name.
  const isolation = values.get('transaction_isolation') ?? values.get('tx_isolation') ?? '?';
  const hidden = 'Find out whether a proxy blocks the settings of sessions.';
  const connections = Number(values.get('max_connections'));
  const needed = Math.max(processes, 1) * PER_PROCESS + BESIDE;
  const packet = Number(values.get('max_allowed_packet'));
  const size = `${Math.round(packet / 1_048_576)} MB in one statement`;
  return [
    flush === '1'
      ? ok('durability', `${found}: a commit waits for the disk`)
      : warn(
          'durability',
          `${found}: acknowledged jobs can be lost in a power failure`,
          'Set innodb_flush_log_at_trx_commit to 1.',
        ),
    isolation.toUpperCase().replaceAll(' ', '-') === 'READ-COMMITTED'
      ? ok('isolation', isolation)
      : fail('isolation', `${isolation}, although this program set READ-COMMITTED`, hidden),
    /\bSTRICT_(ALL|TRANS)_TABLES\b/.test(values.get('sql_mode') ?? '')
      ? ok('sql_mode', 'strict')
      : fail('sql_mode', 'not strict: values could be cut off', hidden),
    ...risksIn(values),
    ...(connections < needed
      ? [
          warn(
            'max_connections',
            `the server allows ${connections} connections, but ${Math.max(processes, 1)} processes may need ${needed}`,
            `Set max_connections to ${needed} or more on the server: ${PER_PROCESS} for each process, and ${BESIDE}.`,
          ),
        ]
      : []),
    packet >= GOOD_PACKET
      ? ok('max_allowed_packet', size)
      : warn('max_allowed_packet', `only ${size}`, 'Set max_allowed_packet to 16M or more on the server.'),
  ];
}

/**
 * Settings with which a server or its binary log can lose or damage acknowledged data. Sources:
 * https://mariadb.com/docs/server/server-usage/storage-engines/innodb/innodb-system-variables and the pages on the binary log.
 */
function risksIn(values: ReadonlyMap<string, string>): Check[] {
  const is = (setting: string, pattern: RegExp): boolean => pattern.test(values.get(setting) ?? '');
  const risk = (isBad: boolean, setting: string, wanted: string, loses: string): Check[] =>
    isBad
      ? [
          warn(
            setting,
            `${setting} is ${values.get(setting) ?? '?'}: ${loses}`,
            `Set ${setting} to ${wanted} on the server.`,
          ),
        ]
      : [];
  return [
    ...risk(
      is('log_bin', /^(?:on|1)$/i) && !is('sync_binlog', /^1$/),
      'sync_binlog',
      '1',
      'after a power cut the binary log and its replicas can lack acknowledged jobs',
    ),
    ...risk(
      is('innodb_doublewrite', /^(?:off|0)$/i),
      'innodb_doublewrite',
      'ON',
      'a power cut in the middle of a page can damage the tables',
    ),
    ...risk(
      is('innodb_flush_method', /nosync/i),
      'innodb_flush_method',
      'O_DIRECT',
      'a commit does not wait for the disk, whatever the other settings are',
    ),
  ];
}

/** One line of `show grants`. Pure. */
export const hasAllPrivileges = (grant: string): boolean =>
  /^GRANT\s(.*\bSUPER\b.*|ALL PRIVILEGES)\sON\s\*\.\*\sTO\s/i.test(grant);

const indexParts = sql<IndexPart>`
  select table_name as "table", index_name as name, column_name as "column", 1 - non_unique as "isUnique",
    case when collation = 'D' then 1 else 0 end as "isBackwards"
  from information_schema.statistics where table_schema = database() and table_name like 'pwj\\\\_%' and index_name <> 'PRIMARY'
  order by table_name, index_name, seq_in_index`;

const tables = sql<{ name: string; engine: string; collation: string }>`
  select table_name as name, engine, table_collation as collation from information_schema.tables
  where table_schema = database() and table_name like 'pwj\\_%' and table_type = 'BASE TABLE' order by table_name`;
