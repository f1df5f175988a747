// Rows that are added to those that are there, in one statement, on either kind of engine.
import type { Transaction } from 'kysely';
import { sql } from 'kysely';
import type { Database, Tables } from '../tables.ts';

const ROWS = 100;

/** MySQL and MariaDB quote names in their own way. */
export const isMysql = (db: Pick<Database, 'selectFrom'>): boolean =>
  db.selectFrom('pwj_report_collector').select('id').compile().sql.includes('`');

type Numbers<T extends keyof Tables> = {
  [K in keyof Tables[T]]: Tables[T][K] extends number ? K : never;
}[keyof Tables[T]] &
  string;

export interface Sums<T extends keyof Tables> {
  table: T;
  /** The primary key. */
  key: (keyof Tables[T] & string)[];
  /** Columns to add to. */
  sums: Numbers<T>[];
}

/** New ones are inserted, the others have their sums added to. */
export async function addRows<T extends keyof Tables>(
  trx: Transaction<Tables>,
  { table, key, sums }: Sums<T>,
  rows: readonly Tables[T][],
): Promise<void> {
  const mysql = isMysql(trx);
  const added = Object.fromEntries(
    sums.map((name) => [
      name,
      mysql
        ? sql`${sql.ref(name)} + values(${sql.ref(name)})`
        : sql`${sql.ref(`${table}.${name}`)} + ${sql.ref(`excluded.${name}`)}`,
    ]),
  );
  for (let from = 0; from < rows.length; from += ROWS) {
    // The names come from the constants of this plugin; Kysely cannot follow them through a type parameter.
    const insert = trx.insertInto(table).values(rows.slice(from, from + ROWS) as never);
    const query = mysql
      ? insert.onDuplicateKeyUpdate(added as never)
      : insert.onConflict((conflict) => conflict.columns(key as never).doUpdateSet(added as never));
    await query.execute();
  }
}
