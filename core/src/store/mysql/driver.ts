// A Kysely driver on our own connections: every statement has a time limit, and errors are classified in one place.

import {
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  Kysely,
  MysqlAdapter,
  MysqlIntrospector,
  MysqlQueryCompiler,
  type QueryResult,
} from 'kysely';
import { HeldDriver } from '../held-driver.ts';
import type { Database } from '../schema.ts';
import { inOurWords, kindOf } from './errors.ts';
import type { Pool } from './pool.ts';
import type { Session } from './session.ts';
import { Upserts } from './upsert.ts';

class MysqlConnection implements DatabaseConnection {
  readonly session: Session;
  readonly #words: (error: unknown) => unknown;

  constructor(session: Session, words: (error: unknown) => unknown) {
    this.session = session;
    this.#words = words;
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    try {
      const { rows, affected, insertId } = await this.session.query(sql, parameters);
      return {
        rows: rows as R[],
        numAffectedRows: BigInt(affected),
        ...(insertId ? { insertId: BigInt(insertId) } : {}),
      };
    } catch (error) {
      throw this.#words(error);
    }
  }

  async *streamQuery<R>(query: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
    yield await this.executeQuery<R>(query);
  }
}

/** Uses a connection from the pool for each statement, or for each transaction of a plugin. */
export class PoolDriver implements Driver {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<MysqlConnection> {
    try {
      return new MysqlConnection(await this.#pool.acquire(), inOurWords);
    } catch (error) {
      throw inOurWords(error);
    }
  }

  async releaseConnection(connection: MysqlConnection): Promise<void> {
    if (connection.session.broken) this.#pool.drop(connection.session);
    else this.#pool.release(connection.session);
  }

  async beginTransaction(connection: MysqlConnection): Promise<void> {
    await connection.session.query('start transaction');
  }

  async commitTransaction(connection: MysqlConnection): Promise<void> {
    await connection.session.query('commit');
  }

  async rollbackTransaction(connection: MysqlConnection): Promise<void> {
    try {
      await connection.session.query('rollback');
    } catch (error) {
      // The server rolls back when the client disconnects.
      if (kindOf(error) !== 'lost') throw error;
    }
  }

  async destroy(): Promise<void> {
    await this.#pool.close();
  }
}

export function kyselyOn(driver: Driver): Kysely<Database> {
  return new Kysely<Database>({
    dialect: {
      createDriver: () => driver,
      createAdapter: () => new MysqlAdapter(),
      createIntrospector: (db) => new MysqlIntrospector(db),
      createQueryCompiler: () => new MysqlQueryCompiler(),
    },
    plugins: [new Upserts()],
  });
}

/** Kysely on one connection; created once per connection. */
const onSession = new WeakMap<Session, Kysely<Database>>();

export function kyselyOnSession(session: Session): Kysely<Database> {
  const known = onSession.get(session);
  if (known) return known;
  // The caller that holds the connection handles its errors.
  const made = kyselyOn(new HeldDriver(new MysqlConnection(session, (error) => error)));
  onSession.set(session, made);
  return made;
}
