// Statements inside one write transaction, the same on every engine.
import type { Kysely, SelectQueryBuilder } from 'kysely';
import type { Prepared } from './prepared.ts';
import type { Database } from './schema.ts';

/** Statements inside one write transaction. */
export interface Tx {
  /** For statements that are not hot. */
  readonly db: Kysely<Database>;
  /** True in the second run of a transaction that asked for it with `RunAgain`: rows are then written one by one, not many at once. */
  readonly careful: boolean;
  /** Affected rows. */
  run<P>(query: Prepared<P>, params: P): Promise<number>;
  /** Affected rows of each; one statement after the other. */
  each<P>(query: Prepared<P>, list: readonly P[]): Promise<number[]>;
  /** Inserts many rows, in as few statements as the engine needs for that. */
  insertAll<P>(query: Prepared<P>, list: readonly P[]): Promise<void>;
  all<P, R>(query: Prepared<P, R>, params: P): Promise<R[]>;
  /** The number the engine gave to the inserted row. */
  insert<P>(query: Prepared<P>, params: P): Promise<number>;
  /**
   * As `insert`, for the last statement of the transaction: it may be sent with the commit. Whether a commit whose answer is lost is
   * stored can then not be told by this row. Where its number is not wanted the answer may be null, which some servers are quicker with.
   */
  insertLast<P>(query: Prepared<P>, params: P, isNumberWanted: boolean): Promise<number | null>;
  /** A statement whose text depends on its values. */
  text(sql: string, values: readonly unknown[]): Promise<{ rows: Record<string, unknown>[]; affected: number }>;
  /** As `text`, where the answer is not needed: it may be sent with the next statement, which then throws in its place. */
  later(sql: string, values: readonly unknown[]): Promise<void>;
  /** The rows that this reads stay as they are until the transaction ends. */
  locked<DB, TB extends keyof DB, O>(query: SelectQueryBuilder<DB, TB, O>): SelectQueryBuilder<DB, TB, O>;
}
