// A Kysely driver on our own connections, and the statements inside a transaction: every statement has a time limit, and errors are classified in one place.
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
import type { Prepared } from '../prepared.ts';
import type { Database } from '../schema.ts';
import { type Answer, type Found, HeldDriver, Tx } from '../tx.ts';
import { inOurWords, kindOf } from './errors.ts';
import type { Pool } from './pool.ts';
import type { Session } from './session.ts';
import { Upserts } from './upsert.ts';

/** Counts the work as in progress. */
type Counted = <T>(work: () => Promise<T>) => Promise<T>;

class MysqlConnection implements DatabaseConnection {
  readonly session: Session;
  readonly #words: (error: unknown) => unknown;
  readonly #counted: Counted;

  constructor(session: Session, words: (error: unknown) => unknown, counted: Counted = (work) => work()) {
    this.session = session;
    this.#words = words;
    this.#counted = counted;
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    try {
      const { rows, affected, insertId } = await this.#counted(() => this.session.query(sql, parameters));
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
  readonly #counted: Counted;

  constructor(pool: Pool, counted: Counted) {
    this.#pool = pool;
    this.#counted = counted;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<MysqlConnection> {
    try {
      return new MysqlConnection(await this.#counted(() => this.#pool.acquire()), inOurWords, this.#counted);
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

/** Statements inside a transaction. Each is a round trip. */
export class MysqlTx extends Tx {
  /** The commit was sent. */
  ending = false;
  readonly #session: Session;

  constructor(session: Session, careful: boolean) {
    super(kyselyOnSession(session), { careful, rowLocks: true });
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
