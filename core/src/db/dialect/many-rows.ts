// One insert of many rows in place of many inserts: statements as large as a server takes without trouble.
import type { Prepared } from '../prepared.ts';

/** Of one statement: a fraction of the smallest max_allowed_packet that is accepted. */
const STATEMENT_BYTES = 1_000_000;
const STATEMENT_ROWS = 1_000;
/** SQLite takes no more (SQLITE_MAX_VARIABLE_NUMBER), MySQL twice as many. */
const STATEMENT_VALUES = 32_000;

/** `insert into t (a, b) values (?, ?) on conflict ...`, taken apart once. */
const PARTS = /^(insert .*? values )(\([?, ]*\))( on (?:duplicate|conflict) .*)?$/s;

const parts = new WeakMap<Prepared<never>, readonly [string, string, string]>();

function partsOf(query: Prepared<never>): readonly [string, string, string] {
  const known = parts.get(query);
  if (known) return known;
  const found = PARTS.exec(query.sql);
  if (!found) throw new TypeError('only an insert of one row can be made one of many');
  const made = [found[1] ?? '', found[2] ?? '', found[3] ?? ''] as const;
  parts.set(query, made);
  return made;
}

const bytesOf = (values: readonly unknown[]): number =>
  values.reduce((sum: number, value) => sum + (typeof value === 'string' ? value.length + 3 : 12), 0);

/** Hands the statements for these rows to `send`, one after the other. */
export async function insertRows<P>(
  query: Prepared<P>,
  list: readonly P[],
  send: (sql: string, values: readonly unknown[]) => Promise<unknown>,
): Promise<void> {
  const [head, tuple, tail] = partsOf(query as unknown as Prepared<never>);
  let values: unknown[] = [];
  let rows = 0;
  let bytes = 0;
  const flush = async (): Promise<void> => {
    if (rows > 0) await send(`${head}${Array(rows).fill(tuple).join(', ')}${tail}`, values);
    values = [];
    rows = 0;
    bytes = 0;
  };
  for (const params of list) {
    const bound = query.bind(params);
    const more = bytesOf(bound);
    const full = rows >= STATEMENT_ROWS || values.length + bound.length > STATEMENT_VALUES;
    if (full || (rows > 0 && bytes + more > STATEMENT_BYTES)) await flush();
    for (const value of bound) values.push(value);
    rows += 1;
    bytes += more;
  }
  await flush();
}
