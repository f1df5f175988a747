// Statements inside one write transaction, the same on every engine.
import type { DatabaseConnection, Driver, Kysely, SelectQueryBuilder } from 'kysely';
import type { Prepared } from './prepared.ts';
import type { Database } from './schema.ts';

/** Statements inside one write transaction. */
export interface Tx {
  /** For statements off the hot path. */
  readonly db: Kysely<Database>;
  /** True in the second run of a transaction that threw `RunAgain`: rows are then written one by one. */
  readonly careful: boolean;
  /** Affected rows. */
  run<P>(query: Prepared<P>, params: P): Promise<number>;
  /** Affected rows of each; runs one statement after the other. */
  each<P>(query: Prepared<P>, list: readonly P[]): Promise<number[]>;
  /** Inserts many rows in as few statements as possible. */
  insertAll<P>(query: Prepared<P>, list: readonly P[]): Promise<void>;
  all<P, R>(query: Prepared<P, R>, params: P): Promise<R[]>;
  /** The number the engine assigned to the inserted row. */
  insert<P>(query: Prepared<P>, params: P): Promise<number>;
  /**
   * Like `insert`, for the last statement of the transaction: it may be sent with the commit. This row then cannot prove that a commit with
   * a lost answer was stored.
   */
  insertLast<P>(query: Prepared<P>, params: P): Promise<number>;
  /** A statement whose text depends on its values. */
  text(sql: string, values: readonly unknown[]): Promise<{ rows: Record<string, unknown>[]; affected: number }>;
  /** Like `text` without a result: it may be sent with the next statement, which then throws its error. */
  later(sql: string, values: readonly unknown[]): Promise<void>;
  /** A query that may be sent with the next statement, which then throws what `check` throws about its rows. */
  expect(sql: string, check: (rows: Record<string, unknown>[]) => void): Promise<void>;
  /** Locks the rows it reads until the transaction ends. */
  locked<DB, TB extends keyof DB, O>(query: SelectQueryBuilder<DB, TB, O>): SelectQueryBuilder<DB, TB, O>;
}

/** Runs Kysely statements on a connection that already holds a transaction. */
export class HeldDriver implements Driver {
  readonly #connection: DatabaseConnection;

  constructor(connection: DatabaseConnection) {
    this.#connection = connection;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection;
  }

  async beginTransaction(): Promise<void> {
    throw new Error('nested transactions are not supported');
  }

  async commitTransaction(): Promise<void> {}

  async rollbackTransaction(): Promise<void> {}

  async releaseConnection(): Promise<void> {}

  async destroy(): Promise<void> {}
}
