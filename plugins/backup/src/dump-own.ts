// Our own dump of a MySQL or MariaDB database: one consistent snapshot, page by page along each table's key.
import type { Connection as CallbackConnection } from 'mysql2';
import { identifier, rows, type Server } from './server.ts';
import { type Column, type Table, tablesOf } from './table-columns.ts';

const PAGE = 5_000;
const STATEMENT = 262_144;

const HEAD = `/*!40101 SET NAMES utf8mb4 */;
SET time_zone = '+00:00';
SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO';
SET foreign_key_checks = 0;
SET unique_checks = 0;
`;

const ESCAPES: Record<string, string> = {
  '\0': '\\0',
  '\n': '\\n',
  '\r': '\\r',
  '\x1a': '\\Z',
  '"': '\\"',
  "'": "\\'",
  '\\': '\\\\',
};
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that a literal must escape
const SPECIAL = /[\0\n\r\x1a"'\\]/g;

const literal = (text: string): string => `'${text.replace(SPECIAL, (character) => ESCAPES[character] ?? character)}'`;

type Value = string | null;

function written(value: Value, { kind }: Column): string {
  if (value === null) return 'NULL';
  if (kind === 'number') return value;
  if (kind === 'hex') return value === '' ? "''" : `0x${value}`;
  return literal(value);
}

/** What lies behind the last row, in the order of the key. Spelled out, since servers use no index for a comparison of rows. */
function behind(key: readonly Column[], last: readonly Value[]): string {
  const value = (index: number) => written(last[index] ?? null, key[index] as Column);
  const alternatives = key.map((column, index) => {
    const same = key.slice(0, index).map((before, at) => `${identifier(before.name)} = ${value(at)}`);
    return `(${[...same, `${identifier(column.name)} > ${value(index)}`].join(' and ')})`;
  });
  return alternatives.join(' or ');
}

/** Rows as they come, one page in memory at most: the server is not read on while nobody takes them. */
async function* selected(server: Server, sql: string): AsyncGenerator<Value[]> {
  // The promise wrapper has no streams.
  const { connection } = server as unknown as { connection: CallbackConnection };
  const typeCast = (field: { string(): string | null }) => field.string();
  const query = connection.query({ sql, rowsAsArray: true, typeCast } as never);
  for await (const row of query.stream({ highWaterMark: 100 })) yield row as Value[];
}

/** Page by page along the key; keys of text are compared as the server compares them. Without a key: in one go. */
async function* rowsOf(server: Server, { name, columns, key }: Table): AsyncGenerator<Value[]> {
  const fields = [...columns, ...key].map(({ read }) => read).join(', ');
  const from = `select ${fields} from ${identifier(name)}`;
  if (key.length === 0) return yield* selected(server, from);
  const order = `order by ${key.map((column) => identifier(column.name)).join(', ')} limit ${PAGE}`;
  let last: Value[] | undefined;
  for (;;) {
    const where = last ? `where ${behind(key, last)} ` : '';
    let count = 0;
    for await (const row of selected(server, `${from} ${where}${order}`)) {
      count += 1;
      last = row.slice(columns.length);
      yield row.slice(0, columns.length);
    }
    if (count < PAGE) return;
  }
}

async function* tableSql(server: Server, table: Table, told: (rows: number) => void): AsyncGenerator<string> {
  const name = identifier(table.name);
  const [made] = await rows<Record<string, string>>(server, `show create table ${name}`);
  yield `DROP TABLE IF EXISTS ${name};\n${made?.['Create Table']};\n`;
  const into = `INSERT INTO ${name} (${table.columns.map((column) => identifier(column.name)).join(',')}) VALUES\n`;
  let batch: string[] = [];
  let length = 0;
  const flush = (): string => {
    const statement = `${into}${batch.join(',\n')};\n`;
    told(batch.length);
    batch = [];
    length = 0;
    return statement;
  };
  for await (const row of rowsOf(server, table)) {
    const text = `(${table.columns.map((column, index) => written(row[index] ?? null, column)).join(',')})`;
    batch.push(text);
    length += text.length;
    if (length > STATEMENT) yield flush();
  }
  if (batch.length > 0) yield flush();
}

/** The whole dump as pieces of text. `told` is given the rows of each piece. */
export async function* dumpOwn(server: Server, told: (rows: number) => void = () => {}): AsyncGenerator<string> {
  await server.query("set session sql_mode = '', time_zone = '+00:00'");
  await server.query('set session transaction isolation level repeatable read');
  await server.query('start transaction with consistent snapshot');
  yield HEAD;
  for (const table of await tablesOf(server)) yield* tableSql(server, table, told);
  await server.query('commit');
}
