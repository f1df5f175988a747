// The tables of a MySQL or MariaDB database, and how each column is read so that its text in a dump gives the same value again.
import { identifier, rows, type Server } from './server.ts';

export interface Column {
  name: string;
  /** What is selected. */
  read: string;
  kind: 'number' | 'text' | 'hex';
}

export interface Table {
  name: string;
  columns: Column[];
  /** Of the primary key, or of a unique key without nulls, when its order is that of its comparisons; empty where there is none. */
  key: Column[];
}

interface ColumnRow {
  name: string;
  type: string;
  extra: string;
}

const NUMBERS = new Set('tinyint smallint mediumint int bigint decimal year'.split(' '));
const INEXACT = new Set(['float', 'double']);
const BYTES = new Set(
  'bit binary varbinary tinyblob blob mediumblob longblob geometry point linestring polygon multipoint multilinestring multipolygon geometrycollection geomcollection'.split(
    ' ',
  ),
);

/** An enum is sorted by its number and compared by its text, a float is not what it prints: no place to go on from. */
const ORDERED = new Set(
  'tinyint smallint mediumint int bigint decimal date time datetime timestamp char varchar binary varbinary'.split(' '),
);

function columnOf({ name, type }: ColumnRow): Column {
  const quoted = identifier(name);
  const lower = type.toLowerCase();
  if (NUMBERS.has(lower)) return { name, read: quoted, kind: 'number' };
  // A float is printed with six digits; as a double it keeps all it has.
  if (INEXACT.has(lower)) return { name, read: `${quoted} + 0e0`, kind: 'number' };
  if (BYTES.has(lower)) return { name, read: `hex(${quoted})`, kind: 'hex' };
  return { name, read: quoted, kind: 'text' };
}

const GENERATED = /(^|\s)(virtual|stored|persistent) generated|^(virtual|persistent)$/i;

const COLUMNS = `select column_name as name, data_type as type, extra as extra
  from information_schema.columns where table_schema = database() and table_name = ? order by ordinal_position`;

const KEYS = `select index_name as name, column_name as field, sub_part as part, nullable as nullable
  from information_schema.statistics where table_schema = database() and table_name = ? and non_unique = 0
  order by index_name = 'PRIMARY' desc, index_name, seq_in_index`;

/** Tables with rows of their own; generated columns are left to the server. */
export async function tablesOf(server: Server): Promise<Table[]> {
  const names = await rows<{ name: string }>(
    server,
    `select table_name as name from information_schema.tables where table_schema = database()
     and table_type in ('BASE TABLE', 'SYSTEM VERSIONED') order by table_name`,
  );
  const tables: Table[] = [];
  for (const { name } of names) {
    const columns = await rows<ColumnRow>(server, COLUMNS, [name]);
    const stored = columns.filter(({ extra }) => !GENERATED.test(extra));
    tables.push({ name, columns: stored.map(columnOf), key: await keyOf(server, name, columns) });
  }
  return tables;
}

interface KeyRow {
  name: string;
  field: string | null;
  part: number | null;
  nullable: string;
}

async function keyOf(server: Server, table: string, columns: readonly ColumnRow[]): Promise<Column[]> {
  const types = new Map(columns.map((column) => [column.name, column]));
  const found = await rows<KeyRow>(server, KEYS, [table]);
  for (const name of new Set(found.map((row) => row.name))) {
    const fields = found.filter((row) => row.name === name);
    const known = fields.map(({ field }) => types.get(field ?? ''));
    const whole = fields.every(({ part, nullable }) => part === null && nullable !== 'YES');
    const ordered = known.filter((column) => column !== undefined && ORDERED.has(column.type.toLowerCase()));
    if (whole && ordered.length === fields.length) return ordered.map((column) => columnOf(column as ColumnRow));
  }
  return [];
}

interface Named {
  name: string;
  what: string;
}

const PROGRAMS = `
  select concat(lower(routine_type), ' ', routine_name) as name, 'is a program of the database' as what
    from information_schema.routines where routine_schema = database()
  union all select concat('trigger ', trigger_name), 'is a program of the database'
    from information_schema.triggers where trigger_schema = database()
  union all select concat('event ', event_name), 'is a program of the database'
    from information_schema.events where event_schema = database()`;

const OTHERS = `
  select concat(lower(table_type), ' ', table_name) as name, 'has no rows of its own' as what
    from information_schema.tables where table_schema = database()
    and table_type not in ('BASE TABLE', 'SYSTEM VERSIONED', 'SYSTEM VIEW')`;

/** What our own dump does not take along, each with the reason. */
export async function leftOutOf(server: Server): Promise<{ what: string; reason: string }[]> {
  const found = await rows<Named>(server, `${PROGRAMS} union all ${OTHERS}`);
  return found.map(({ name, what }) => ({ what: name, reason: `${what}: dumped by mariadb-dump or mysqldump only` }));
}

/** Routines and events alone: what a dump without the right to read them leaves out. */
export async function programsOf(server: Server): Promise<{ what: string; reason: string }[]> {
  const found = await rows<Named>(server, PROGRAMS);
  return found
    .filter(({ name }) => !name.startsWith('trigger '))
    .map(({ name }) => ({ what: name, reason: 'may not be read by this login' }));
}

/** Tables that no transaction holds still. */
export async function unsteadyTables(server: Server): Promise<string[]> {
  const found = await rows<{ name: string; engine: string }>(
    server,
    `select table_name as name, engine as engine from information_schema.tables where table_schema = database()
     and table_type = 'BASE TABLE' and engine not in ('InnoDB', 'RocksDB', 'ROCKSDB', 'TokuDB')`,
  );
  return found.map(
    ({ name, engine }) =>
      `table ${name} is taken along, but ${engine} has no transactions: it may be of another moment`,
  );
}
