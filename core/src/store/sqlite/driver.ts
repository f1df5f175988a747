// A Kysely driver for one better-sqlite3 connection: cached statements, immediate transactions with their statements, and waiting without blocking.
import { JobsError } from '@phraseworks/sdk';
import type BetterSqlite3 from 'better-sqlite3';
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  Kysely,
  type QueryResult,
  type SelectModifierNode,
  type SelectQueryNode,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import type { Cancel } from '../../kernel/clock.ts';
import type { Prepared } from '../prepared.ts';
import type { Database } from '../schema.ts';
import type { TransactionContext } from '../transaction-context.ts';
import { type Answer, type Found, HeldDriver, Tx } from '../tx.ts';
import { inOurWords, isBusy } from './errors.ts';
import type { FileWatch } from './file.ts';

const CACHED_STATEMENTS = 200;
/** Milliseconds that a caller waits for its turn and for the lock together. */
const BUSY_DEADLINE = 10_000;
/** Milliseconds after the first read in a turn of the event loop, after which further reads wait for the next turn. */
const TURN = 5;
/** Kysely's own driver begins deferred, which fails on a write after a read as soon as a second process writes. */
export const BEGIN = 'begin immediate';

/** The columns of a `*` may change while the statement is cached. */
const NAMED_COLUMNS = /^select\b(?!.*(?:select|distinct|all|,|\.)\s*\*)/is;

/** Waiting is injected, so that this file needs no timer. */
export interface Patience {
  now(): number;
  /** Resolves after a short, jittered pause. */
  rest(): Promise<void>;
  /** Resolves when the event loop has turned over. */
  turn(): Promise<void>;
  after(ms: number, fn: () => void): Cancel;
}

/** A statement that returns rows, as lists of values. */
interface Reading {
  statement: BetterSqlite3.Statement<unknown[], unknown[]>;
  names: readonly string[];
  /** Makes a row without values. */
  blank: Readonly<Record<string, unknown>>;
}

export class SqliteConnection implements DatabaseConnection {
  readonly raw: BetterSqlite3.Database;
  readonly #patience: Patience;
  /** Null for a database in memory, and for a read-only connection. */
  #file: FileWatch | undefined;
  readonly #statements = new Map<string, BetterSqlite3.Statement>();
  readonly #readings = new Map<string, Reading>();

  constructor(raw: BetterSqlite3.Database, patience: Patience) {
    this.raw = raw;
    this.#patience = patience;
  }

  /** Call before each write: refuses writes that this file would lose. */
  writesTo(file: FileWatch): void {
    this.#file = file;
  }

  /** Throws `UNAVAILABLE` if the file at its path is a different one. */
  checkFile(): void {
    // The last connection removes the log when it closes.
    if (this.raw.open) this.#file?.check();
  }

  /** Preparing takes three times as long as running, so the newest statements are cached. */
  statement(sql: string): BetterSqlite3.Statement {
    return kept(this.#statements, sql, () => this.raw.prepare(sql));
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    return this.patiently(() => {
      if (NAMED_COLUMNS.test(query.sql)) {
        return { rows: rowsOf<R>(this.#reading(query.sql), query.parameters) };
      }
      const statement = this.statement(query.sql);
      if (statement.reader) return { rows: statement.all(...query.parameters) as R[] };
      if (!this.raw.inTransaction) this.checkFile();
      const done = statement.run(...query.parameters);
      // A transaction is checked at its commit.
      if (!this.raw.inTransaction) this.checkFile();
      return { numAffectedRows: BigInt(done.changes), insertId: BigInt(done.lastInsertRowid), rows: [] };
    });
  }

  rows<P, R>(query: Prepared<P, R>, params: P): R[] {
    return rowsOf(this.#reading(query.sql), query.bind(params));
  }

  #reading(sql: string): Reading {
    return kept(this.#readings, sql, () => {
      const statement = this.raw.prepare<unknown[], unknown[]>(sql).raw(true);
      const names = statement.columns().map(({ name }) => name);
      return { statement, names, blank: Object.fromEntries(names.map((name) => [name, null])) };
    });
  }

  /** False if another process holds the lock: `patiently` waits for it. */
  beginNow(): boolean {
    try {
      this.statement(BEGIN).run();
      return true;
    } catch (error) {
      if (isBusy(error)) return false;
      throw inOurWords(error);
    }
  }

  /** better-sqlite3 blocks the event loop while it waits for a lock, so let it wait at most 50 ms and wait here for the rest. */
  async patiently<T>(work: () => T, deadline = this.#patience.now() + BUSY_DEADLINE): Promise<T> {
    for (;;) {
      try {
        return work();
      } catch (error) {
        // A transaction already holds the lock, so a busy error in it is final.
        if (!isBusy(error) || this.raw.inTransaction || this.#patience.now() > deadline) throw inOurWords(error);
      }
      await this.#patience.rest();
    }
  }

  async *streamQuery<R>(query: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
    for (const row of this.statement(query.sql).iterate(...query.parameters)) yield { rows: [row as R] };
  }
}

/** Keeps the newest ones. */
function kept<T extends object>(cache: Map<string, T>, sql: string, make: () => T): T {
  const known = cache.get(sql);
  if (known) return known;
  const made = make();
  if (cache.size >= CACHED_STATEMENTS) cache.delete(cache.keys().next().value as string);
  cache.set(sql, made);
  return made;
}

/**
 * Build rows here: for every row the binding looks up each column's name again, which takes longer than finding the row, and makes
 * objects that need six times the memory for more than a dozen columns.
 */
function rowsOf<R>({ statement, names, blank }: Reading, params: readonly unknown[]): R[] {
  return statement.all(...params).map((values) => {
    const row = { ...blank };
    for (let i = 0; i < names.length; i += 1) row[names[i] as string] = values[i];
    return row as R;
  });
}

/** One connection, passed from one caller to the next. */
export class SqliteDriver implements Driver {
  readonly #connection: SqliteConnection;
  readonly #patience: Patience;
  readonly #inside: TransactionContext | undefined;
  #waiting: (() => void)[] = [];
  #taken = false;

  /** `inside`: of the connection that plugins share. */
  constructor(connection: SqliteConnection, patience: Patience, inside?: TransactionContext) {
    this.#connection = connection;
    this.#patience = patience;
    this.#inside = inside;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    if (this.#taken) await this.#wait();
    this.#taken = true;
    return this.#connection;
  }

  async #wait(): Promise<void> {
    if (this.#inside?.hasConnection) this.#inside.refuse('This was called');
    await new Promise<void>((resolve, reject) => {
      const next = (): void => {
        cancel();
        resolve();
      };
      const cancel = this.#patience.after(BUSY_DEADLINE, () => {
        this.#waiting = this.#waiting.filter((other) => other !== next);
        reject(tooLong());
      });
      this.#waiting.push(next);
    });
  }

  async releaseConnection(): Promise<void> {
    this.#handOn();
  }

  /** Passed on directly, so that no other caller gets in between. */
  #handOn(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#taken = false;
  }

  /** A transaction without Kysely, which creates a dozen objects for each. */
  async transact<T>(work: () => Promise<T>): Promise<T> {
    const deadline = this.#patience.now() + BUSY_DEADLINE;
    if (this.#taken) await this.#wait();
    this.#taken = true;
    try {
      this.#connection.checkFile();
      if (!this.#connection.beginNow())
        await this.#connection.patiently(() => this.#connection.statement(BEGIN).run(), deadline);
      try {
        const value = await work();
        this.#commit();
        return value;
      } catch (error) {
        await this.rollbackTransaction();
        throw error;
      }
    } finally {
      this.#handOn();
    }
  }

  async beginTransaction(): Promise<void> {
    this.#connection.checkFile();
    await this.#connection.patiently(() => this.#connection.statement(BEGIN).run());
  }

  async commitTransaction(): Promise<void> {
    this.#commit();
  }

  /** The file may have been removed since the transaction began, and then the commit would be lost. */
  #commit(): void {
    this.#connection.statement('commit').run();
    this.#connection.checkFile();
  }

  async rollbackTransaction(): Promise<void> {
    // SQLite itself rolls back after some errors, such as a full disk.
    if (this.#connection.raw.inTransaction) this.#connection.statement('rollback').run();
  }

  async destroy(): Promise<void> {
    this.#connection.raw.close();
  }
}

const tooLong = (): JobsError =>
  new JobsError(
    'UNAVAILABLE',
    `The database is not available: other transactions of this process have kept it for ${BUSY_DEADLINE / 1_000} s.`,
    { retryAfter: 5 },
  );

/** Reads of a database in memory, which has one connection for everything: inside a transaction they read on that, beside its statements. */
export class MemoryReadDriver extends HeldDriver {
  readonly #driver: SqliteDriver;
  readonly #inside: TransactionContext;
  readonly #beside: DatabaseConnection;

  constructor(driver: SqliteDriver, connection: SqliteConnection, inside: TransactionContext) {
    const beside: DatabaseConnection = {
      executeQuery: (query) => connection.executeQuery(query),
      streamQuery: (query) => connection.streamQuery(query),
    };
    super(beside);
    this.#driver = driver;
    this.#inside = inside;
    this.#beside = beside;
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    return this.#inside.hasConnection ? this.#beside : this.#driver.acquireConnection();
  }

  override async releaseConnection(connection: DatabaseConnection): Promise<void> {
    if (connection !== this.#beside) await this.#driver.releaseConnection();
  }
}

/** Reads run on the site's thread: spread many of them over turns of the event loop, so that requests are answered in between. */
export class SqliteReadDriver extends SqliteDriver {
  readonly #patience: Patience;
  #turn: { began: number; over: Promise<void> } | undefined;

  constructor(connection: SqliteConnection, patience: Patience) {
    super(connection, patience);
    this.#patience = patience;
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    const connection = await super.acquireConnection();
    while (this.#turn && this.#patience.now() - this.#turn.began >= TURN) await this.#turn.over;
    this.#turn ??= this.#begin();
    return connection;
  }

  #begin(): { began: number; over: Promise<void> } {
    const end = (): void => {
      this.#turn = undefined;
    };
    return { began: this.#patience.now(), over: this.#patience.turn().then(end) };
  }
}

/** Kysely 0.29 would queue callers itself, and those inside a transaction behind those who wait for it. */
class OwnQueueAdapter extends SqliteAdapter {
  get supportsMultipleConnections(): boolean {
    return true;
  }
}

/** SQLite has no row locks and needs none, since one transaction writes at a time. */
const ROW_LOCKS: ReadonlySet<SelectModifierNode['modifier']> = new Set([
  'ForUpdate',
  'ForNoKeyUpdate',
  'ForShare',
  'ForKeyShare',
  'NoWait',
  'SkipLocked',
]);

/** Leaves out row locks, so that a plugin's statements are the same on every engine. */
class Compiler extends SqliteQueryCompiler {
  protected override visitSelectQuery(node: SelectQueryNode): void {
    const kept = node.endModifiers?.filter(({ modifier }) => !ROW_LOCKS.has(modifier));
    super.visitSelectQuery(kept ? { ...node, endModifiers: kept } : node);
  }
}

export function kyselyOn(driver: Driver): Kysely<Database> {
  return new Kysely<Database>({
    dialect: {
      createDriver: () => driver,
      createAdapter: () => new OwnQueueAdapter(),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new Compiler(),
    },
  });
}

/** Statements inside a transaction. Each has finished when it returns. */
export class SqliteTx extends Tx {
  readonly #connection: SqliteConnection;

  constructor(db: Kysely<Database>, connection: SqliteConnection) {
    // A transaction here never throws `RunAgain`.
    super(db, { careful: false, rowLocks: false });
    this.#connection = connection;
  }

  async text(sql: string, values: readonly unknown[]): Promise<Answer> {
    const statement = this.#connection.statement(sql);
    if (statement.reader) return { rows: statement.all(...values) as Found[], affected: 0, insertId: 0 };
    const { changes, lastInsertRowid } = statement.run(...values);
    return { rows: [], affected: changes, insertId: Number(lastInsertRowid) };
  }

  override async each<P>(query: Prepared<P>, list: readonly P[]): Promise<number[]> {
    const statement = this.#connection.statement(query.sql);
    return list.map((params) => statement.run(query.bind(params)).changes);
  }

  /** One by one: a statement for many costs as much. */
  override async insertAll<P>(query: Prepared<P>, list: readonly P[]): Promise<void> {
    const statement = this.#connection.statement(query.sql);
    for (const params of list) statement.run(query.bind(params));
  }

  override async all<P, R>(query: Prepared<P, R>, params: P): Promise<R[]> {
    return this.#connection.rows(query, params);
  }
}
