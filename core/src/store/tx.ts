// Statements inside one write transaction, the same on every engine.
import type { Kysely, SelectQueryBuilder } from 'kysely';
import { insertRows, type Prepared } from './prepared.ts';
import type { Database } from './schema.ts';

export type Found = Record<string, unknown>;

/** What a statement answers: rows, or how many it affected and the number that the engine assigned to the inserted row. */
export interface Answer {
  rows: Found[];
  affected: number;
  insertId: number;
}

/** Statements inside one write transaction. Engines change what they can do in a better way. */
export abstract class Tx {
  /** For statements off the hot path. */
  readonly db: Kysely<Database>;
  /** True in the second run of a transaction that threw `RunAgain`: rows are then written one by one. */
  readonly careful: boolean;
  readonly #rowLocks: boolean;

  constructor(db: Kysely<Database>, { careful, rowLocks }: { careful: boolean; rowLocks: boolean }) {
    this.db = db;
    this.careful = careful;
    this.#rowLocks = rowLocks;
  }

  /** A statement whose text depends on its values. */
  abstract text(sql: string, values: readonly unknown[]): Promise<Answer>;

  /** Affected rows: all that matched the condition, even if nothing changed. */
  async run<P>(query: Prepared<P>, params: P): Promise<number> {
    return (await this.text(query.sql, query.bind(params))).affected;
  }

  /** Affected rows of each; runs one statement after the other. */
  async each<P>(query: Prepared<P>, list: readonly P[]): Promise<number[]> {
    const counts: number[] = [];
    for (const params of list) counts.push(await this.run(query, params));
    return counts;
  }

  async all<P, R>(query: Prepared<P, R>, params: P): Promise<R[]> {
    return (await this.text(query.sql, query.bind(params))).rows as R[];
  }

  /** The number the engine assigned to the inserted row. */
  async insert<P>(query: Prepared<P>, params: P): Promise<number> {
    return (await this.text(query.sql, query.bind(params))).insertId;
  }

  /**
   * Like `insert`, for the last statement of the transaction: it may be sent with the commit. This row then cannot prove that a commit with
   * a lost answer was stored.
   */
  insertLast<P>(query: Prepared<P>, params: P): Promise<number> {
    return this.insert(query, params);
  }

  /** Inserts many rows in as few statements as possible. */
  insertAll<P>(query: Prepared<P>, list: readonly P[]): Promise<void> {
    return insertRows(query, list, (sql, values) => this.later(sql, values));
  }

  /** Like `text` without a result: it may be sent with the next statement, which then throws its error. */
  async later(sql: string, values: readonly unknown[]): Promise<void> {
    await this.text(sql, values);
  }

  /** A query that may be sent with the next statement, which then throws what `check` throws about its rows. */
  async expect(sql: string, check: (rows: Found[]) => void): Promise<void> {
    check((await this.text(sql, [])).rows);
  }

  /** Locks the rows it reads until the transaction ends. */
  locked<DB, TB extends keyof DB, O>(query: SelectQueryBuilder<DB, TB, O>): SelectQueryBuilder<DB, TB, O> {
    return this.#rowLocks ? query.forUpdate() : query;
  }

  /** The same, without the rows that other transactions hold: it does not wait. */
  unheld<DB, TB extends keyof DB, O>(query: SelectQueryBuilder<DB, TB, O>): SelectQueryBuilder<DB, TB, O> {
    return this.#rowLocks ? query.forUpdate().skipLocked() : query;
  }
}
