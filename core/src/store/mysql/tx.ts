// Statements inside a transaction on MySQL and MariaDB. Each is a round trip, unless it can travel with another.
import type { Kysely } from 'kysely';
import type { Prepared } from '../prepared.ts';
import type { Database } from '../schema.ts';
import { type Answer, type Found, Tx } from '../tx.ts';
import type { Session } from './session.ts';

export class MysqlTx extends Tx {
  /** The commit was sent. */
  ending = false;
  readonly #session: Session;

  constructor(db: Kysely<Database>, session: Session, careful: boolean) {
    super(db, { careful, rowLocks: true });
    this.#session = session;
  }

  text(sql: string, values: readonly unknown[]): Promise<Answer> {
    return this.#session.query(sql, values);
  }

  override insertLast<P>(query: Prepared<P>, params: P): Promise<number> {
    this.ending = true;
    return this.#session.insertAndCommit(query.sql, query.bind(params));
  }

  override later(sql: string, values: readonly unknown[]): Promise<void> {
    return this.#session.later(sql, values);
  }

  override expect(sql: string, check: (rows: Found[]) => void): Promise<void> {
    return this.#session.expect(sql, check);
  }
}
