// Statements inside a transaction on SQLite, each of which has finished when it returns.
import type { Kysely, SelectQueryBuilder } from 'kysely';
import type { Prepared } from '../prepared.ts';
import type { Database } from '../schema.ts';
import type { Tx } from '../tx.ts';
import type { SqliteConnection } from './driver.ts';

export class SqliteTx implements Tx {
  readonly db: Kysely<Database>;
  readonly careful = false;
  readonly #connection: SqliteConnection;

  constructor(db: Kysely<Database>, connection: SqliteConnection) {
    this.db = db;
    this.#connection = connection;
  }

  async run<P>(query: Prepared<P>, params: P): Promise<number> {
    return this.#connection.statement(query.sql).run(query.bind(params)).changes;
  }

  async each<P>(query: Prepared<P>, list: readonly P[]): Promise<number[]> {
    const statement = this.#connection.statement(query.sql);
    return list.map((params) => statement.run(query.bind(params)).changes);
  }

  async insertAll<P>(query: Prepared<P>, list: readonly P[]): Promise<void> {
    const statement = this.#connection.statement(query.sql);
    for (const params of list) statement.run(query.bind(params));
  }

  async all<P, R>(query: Prepared<P, R>, params: P): Promise<R[]> {
    return this.#connection.rows(query, params);
  }

  async insert<P>(query: Prepared<P>, params: P): Promise<number> {
    return Number(this.#connection.statement(query.sql).run(query.bind(params)).lastInsertRowid);
  }

  insertLast<P>(query: Prepared<P>, params: P): Promise<number> {
    return this.insert(query, params);
  }

  async text(sql: string, values: readonly unknown[]): Promise<{ rows: Record<string, unknown>[]; affected: number }> {
    const statement = this.#connection.statement(sql);
    if (statement.reader) return { rows: statement.all(...values) as Record<string, unknown>[], affected: 0 };
    return { rows: [], affected: statement.run(...values).changes };
  }

  /** No other process writes during a transaction. */
  async later(sql: string, values: readonly unknown[]): Promise<void> {
    this.#connection.statement(sql).run(...values);
  }

  locked<DB, TB extends keyof DB, O>(query: SelectQueryBuilder<DB, TB, O>): SelectQueryBuilder<DB, TB, O> {
    return query;
  }
}
