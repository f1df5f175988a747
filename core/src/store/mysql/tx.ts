// Statements inside a transaction on MySQL, each of which is a round trip.
import type { Kysely, SelectQueryBuilder } from 'kysely';
import type { Prepared } from '../prepared.ts';
import { insertRows } from '../prepared.ts';
import type { Database } from '../schema.ts';
import type { Tx } from '../tx.ts';
import type { Session } from './session.ts';

export class MysqlTx implements Tx {
  readonly db: Kysely<Database>;
  readonly careful: boolean;
  /** The commit was sent. */
  ending = false;
  readonly #session: Session;

  constructor(session: Session, db: Kysely<Database>, careful: boolean) {
    this.#session = session;
    this.db = db;
    this.careful = careful;
  }

  /** Affected rows: all that matched the condition, even if nothing changed. */
  async run<P>(query: Prepared<P>, params: P): Promise<number> {
    return (await this.#session.query(query.sql, query.bind(params))).affected;
  }

  async each<P>(query: Prepared<P>, list: readonly P[]): Promise<number[]> {
    const counts: number[] = [];
    for (const params of list) counts.push(await this.run(query, params));
    return counts;
  }

  async all<P, R>(query: Prepared<P, R>, params: P): Promise<R[]> {
    return (await this.#session.query(query.sql, query.bind(params))).rows as R[];
  }

  async insert<P>(query: Prepared<P>, params: P): Promise<number> {
    return (await this.#session.query(query.sql, query.bind(params))).insertId;
  }

  insertLast<P>(query: Prepared<P>, params: P, isNumberWanted: boolean): Promise<number | null> {
    this.ending = true;
    return this.#session.insertAndCommit(query.sql, query.bind(params), isNumberWanted);
  }

  insertAll<P>(query: Prepared<P>, list: readonly P[]): Promise<void> {
    return insertRows(query, list, (insert) => this.#session.laterRows(insert));
  }

  text(sql: string, values: readonly unknown[]): Promise<{ rows: Record<string, unknown>[]; affected: number }> {
    return this.#session.query(sql, values);
  }

  later(sql: string, values: readonly unknown[]): Promise<void> {
    return this.#session.later(sql, values);
  }

  locked<DB, TB extends keyof DB, O>(query: SelectQueryBuilder<DB, TB, O>): SelectQueryBuilder<DB, TB, O> {
    return query.forUpdate();
  }
}
