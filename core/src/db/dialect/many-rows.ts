// One insert of many rows in place of many inserts: statements as large as a server takes without trouble.
import type { Prepared } from '../prepared.ts';

/** Of one statement: a fraction of the smallest max_allowed_packet that is accepted. */
const STATEMENT_BYTES = 1_000_000;
const STATEMENT_ROWS = 1_000;
/** SQLite takes no more (SQLITE_MAX_VARIABLE_NUMBER), MySQL twice as many. */
const STATEMENT_VALUES = 32_000;

/** `insert into t (a, b) values (?, ?) on conflict ...`, taken apart once. */
const PARTS = /^(insert into \S+) \(([^)]*)\) values \([?, ]*\)( on (?:duplicate|conflict) .*)?$/s;

interface Parts {
  into: string;
  columns: readonly string[];
  tail: string;
}

const parts = new WeakMap<Prepared<never>, Parts>();

function partsOf(query: Prepared<never>): Parts {
  const known = parts.get(query);
  if (known) return known;
  const found = PARTS.exec(query.sql);
  if (!found) throw new TypeError('only an insert of one row can be made one of many');
  const made = { into: found[1] ?? '', columns: (found[2] ?? '').split(', '), tail: found[3] ?? '' };
  parts.set(query, made);
  return made;
}

const bytesOf = (values: readonly unknown[]): number =>
  values.reduce((sum: number, value) => sum + (typeof value === 'string' ? value.length + 3 : 12), 0);

type Send = (sql: string, values: readonly unknown[]) => Promise<unknown>;

/** A column in which no row has a value is left out, which is null as well: a server takes a fifth less time for half as many. */
async function sendRows({ into, columns, tail }: Parts, rows: readonly unknown[][], send: Send): Promise<void> {
  const used = columns.flatMap((_, i) => (rows.some((row) => row[i] !== null) ? [i] : []));
  const tuple = `(${used.map(() => '?').join(', ')})`;
  const values: unknown[] = [];
  for (const row of rows) for (const i of used) values.push(row[i]);
  const names = used.map((i) => columns[i]).join(', ');
  await send(`${into} (${names}) values ${Array(rows.length).fill(tuple).join(', ')}${tail}`, values);
}

/** Hands the statements for these rows to `send`, one after the other. */
export async function insertRows<P>(query: Prepared<P>, list: readonly P[], send: Send): Promise<void> {
  const statement = partsOf(query as unknown as Prepared<never>);
  const most = Math.min(STATEMENT_ROWS, Math.floor(STATEMENT_VALUES / statement.columns.length));
  let rows: unknown[][] = [];
  let bytes = 0;
  for (const params of list) {
    const bound = query.bind(params);
    const more = bytesOf(bound);
    if (rows.length === most || (rows.length > 0 && bytes + more > STATEMENT_BYTES)) {
      await sendRows(statement, rows, send);
      rows = [];
      bytes = 0;
    }
    rows.push(bound);
    bytes += more;
  }
  if (rows.length > 0) await sendRows(statement, rows, send);
}
