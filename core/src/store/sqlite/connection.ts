// One better-sqlite3 connection: cached statements, immediate transactions, and waiting without blocking. Its callers take turns.
import type BetterSqlite3 from 'better-sqlite3';
import type { CompiledQuery, ConnectionProvider, DatabaseConnection, Kysely, QueryResult } from 'kysely';
import { type Clock, pause, type Random, yieldToEventLoop } from '../../kernel/clock.ts';
import { unavailable } from '../dialect.ts';
import type { Prepared } from '../prepared.ts';
import type { Database } from '../schema.ts';
import type { TransactionContext } from '../transaction-context.ts';
import { type Answer, type Found, Tx } from '../tx.ts';
import { inOurWords, isBusy } from './errors.ts';
import type { FileWatch } from './file.ts';

const CACHED_STATEMENTS = 200;
/** Milliseconds that a caller waits for its turn and for the lock together. */
const BUSY_DEADLINE = 10_000;
/** Pauses while another process writes, in milliseconds. */
const SHORTEST = 5;
const SPREAD = 20;
/** Milliseconds after the first read in a turn of the event loop, after which further reads wait for the next turn. */
const TURN = 5;
/** Milliseconds of a transaction after which what waits for its commit has to wait for the next turn, too. */
const LONG = 2;
/** Pages in the log that are copied to the file after a commit, in a turn of their own: within a commit they make it take ten times as long. */
const LOG = 500;
/** Kysely's own driver begins deferred, which fails on a write after a read as soon as a second process writes. */
export const BEGIN = 'begin immediate';

/** The columns of a `*` may change while the statement is cached. */
const NAMED_COLUMNS = /^select\b(?!.*(?:select|distinct|all|,|\.)\s*\*)/is;

interface Kept {
  statement: BetterSqlite3.Statement<unknown[]>;
  /** If it returns rows as lists of values: the names of these, and a row without values. */
  names?: readonly string[];
  blank?: Found;
}

export class SqliteConnection implements DatabaseConnection {
  readonly raw: BetterSqlite3.Database;
  readonly #around;
  /** Refuses writes that this file would lose; none for a database in memory, and for a connection that only reads. */
  readonly #file: FileWatch | undefined;
  readonly #statements = new Map<string, Kept>();
  #began = 0;

  constructor(raw: BetterSqlite3.Database, around: { clock: Clock; random: Random }, file?: FileWatch) {
    this.raw = raw;
    this.#around = around;
    this.#file = file;
  }

  /** Throws `UNAVAILABLE` if the file at its path is a different one. */
  #checkFile(): void {
    // The last connection removes the log when it closes.
    if (this.raw.open) this.#file?.check();
  }

  /** Runs a statement now. */
  run(sql: string, values: readonly unknown[]): Answer {
    const { statement, names, blank } = this.#kept(sql);
    if (names) return answer((statement.all(...values) as unknown[][]).map((row) => rowOf(row, names, blank)));
    if (statement.reader) return answer(statement.all(...values) as Found[]);
    // That is also before a transaction begins, and after its commit.
    if (!this.raw.inTransaction) this.#checkFile();
    const { changes, lastInsertRowid } = statement.run(...values);
    if (!this.raw.inTransaction) this.#checkFile();
    return { rows: [], affected: changes, insertId: Number(lastInsertRowid) };
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const { rows, affected, insertId } = await this.patiently(() => this.run(sql, parameters));
    return { rows: rows as R[], numAffectedRows: BigInt(affected), insertId: BigInt(insertId) };
  }

  async *streamQuery<R>(query: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
    yield await this.executeQuery<R>(query);
  }

  /** Preparing takes three times as long as running, so the newest statements are cached. */
  #kept(sql: string): Kept {
    const known = this.#statements.get(sql);
    if (known) return known;
    const statement = this.raw.prepare<unknown[]>(sql);
    const names = NAMED_COLUMNS.test(sql) ? statement.columns().map(({ name }) => name) : undefined;
    const made = names
      ? { statement: statement.raw(true), names, blank: Object.fromEntries(names.map((name) => [name, null])) }
      : { statement };
    if (this.#statements.size >= CACHED_STATEMENTS)
      this.#statements.delete(this.#statements.keys().next().value as string);
    this.#statements.set(sql, made);
    return made;
  }

  /** better-sqlite3 blocks the event loop while it waits for a lock, so let it wait at most 50 ms and wait here for the rest. */
  async patiently<T>(work: () => T, deadline = this.#around.clock.now() + BUSY_DEADLINE): Promise<T> {
    for (;;) {
      try {
        return work();
      } catch (error) {
        // A transaction already holds the lock, so a busy error in it is final.
        if (!isBusy(error) || this.raw.inTransaction || this.#around.clock.now() > deadline) throw inOurWords(error);
      }
      await pause(this.#around.clock, SHORTEST + this.#around.random.fraction() * SPREAD);
    }
  }

  async begin(deadline: number): Promise<void> {
    this.#checkFile();
    await this.patiently(() => this.#do(BEGIN), deadline);
    this.#began = this.#around.clock.steady();
  }

  /**
   * The file may have been removed since the transaction began, and then the commit would be lost. Those who wait for a long one, many jobs
   * perhaps, go on in a turn of their own.
   */
  async commit(): Promise<void> {
    this.#do('commit');
    this.#checkFile();
    if (this.#around.clock.steady() - this.#began >= LONG) await this.#turn();
    try {
      await this.#copyLog();
    } catch {
      // The commit is stored, and the next one tries this again.
    }
  }

  async #copyLog(): Promise<void> {
    const [log] = this.run('pragma wal_checkpoint(noop)', []).rows;
    if (Number(log?.log) - Number(log?.checkpointed) < LOG) return;
    await this.#turn();
    this.run('pragma wal_checkpoint(passive)', []);
    await this.#turn();
  }

  #turn(): Promise<void> {
    return new Promise((resolve) => this.#around.clock.soon(resolve));
  }

  rollback(): void {
    // SQLite itself rolls back after some errors, such as a full disk.
    if (this.raw.inTransaction) this.#do('rollback');
  }

  #do(sql: string): void {
    this.#kept(sql).statement.run();
  }
}

const answer = (rows: Found[]): Answer => ({ rows, affected: 0, insertId: 0 });

/**
 * Build rows here: for every row the binding looks up each column's name again, which takes longer than finding the row, and makes
 * objects that need six times the memory for more than a dozen columns.
 */
function rowOf(values: readonly unknown[], names: readonly string[], blank: Found | undefined): Found {
  const row = { ...blank };
  for (let i = 0; i < names.length; i += 1) row[names[i] as string] = values[i];
  return row;
}

/** One connection, passed from one caller to the next. */
export class Turns {
  readonly #needs;
  #waiting: (() => void)[] = [];
  #taken = false;

  /** `inside`: of the connection that plugins share. */
  constructor(needs: { connection: SqliteConnection; clock: Clock; inside?: TransactionContext }) {
    this.#needs = needs;
  }

  readonly use: ConnectionProvider['provideConnection'] = async (consumer) => {
    if (this.#taken) await this.#wait();
    this.#taken = true;
    try {
      return await consumer(this.#needs.connection);
    } finally {
      // Passed on directly, so that no other caller gets in between.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#taken = false;
    }
  };

  /** A transaction without Kysely, which creates a dozen objects for each. */
  transact<T>(work: () => Promise<T>): Promise<T> {
    const deadline = this.#needs.clock.now() + BUSY_DEADLINE;
    return this.use(async () => {
      await this.#needs.connection.begin(deadline);
      try {
        const value = await work();
        await this.#needs.connection.commit();
        return value;
      } catch (error) {
        this.#needs.connection.rollback();
        throw inOurWords(error);
      }
    });
  }

  async #wait(): Promise<void> {
    if (this.#needs.inside?.hasConnection) this.#needs.inside.refuse('This was called');
    await new Promise<void>((resolve, reject) => {
      const next = (): void => {
        cancel();
        resolve();
      };
      const cancel = this.#needs.clock.after(BUSY_DEADLINE, () => {
        this.#waiting = this.#waiting.filter((other) => other !== next);
        reject(tooLong());
      });
      this.#waiting.push(next);
    });
  }
}

const tooLong = (): Error =>
  unavailable(`other transactions of this process have kept it for ${BUSY_DEADLINE / 1_000} s`);

/** Reads run on the site's thread: spread many of them over turns of the event loop, so that requests are answered in between. */
export function spreadReads(turns: Turns, clock: Clock): ConnectionProvider['provideConnection'] {
  let turn: { began: number; over: Promise<void> } | undefined;
  const end = (): void => {
    turn = undefined;
  };
  return (consumer) =>
    turns.use(async (connection) => {
      while (turn && clock.now() - turn.began >= TURN) await turn.over;
      turn ??= { began: clock.now(), over: yieldToEventLoop(clock).then(end) };
      return consumer(connection);
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
    return this.#connection.run(sql, values);
  }

  /** One by one: a statement for many costs as much. */
  override async insertAll<P>(query: Prepared<P>, list: readonly P[]): Promise<void> {
    for (const params of list) this.#connection.run(query.sql, query.bind(params));
  }
}
