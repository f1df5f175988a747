// Rows that are added to those that are there, in one statement.
import type { Transaction } from 'kysely';
import { sql } from 'kysely';
import type { Tables } from '../tables.ts';

const ROWS = 100;

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
  const added = Object.fromEntries(
    sums.map((name) => [name, sql`${sql.ref(`${table}.${name}`)} + ${sql.ref(`excluded.${name}`)}`]),
  );
  for (let from = 0; from < rows.length; from += ROWS) {
    // The names come from the constants of this plugin; Kysely cannot follow them through a type parameter.
    await trx
      .insertInto(table)
      .values(rows.slice(from, from + ROWS) as never)
      .onConflict((conflict) => conflict.columns(key as never).doUpdateSet(added as never))
      .execute();
  }
}
