// One connection for one caller at a time: runs statements in order, and sends those whose result can wait together with the next.
import type { CompiledQuery, DatabaseConnection, Kysely, QueryResult } from 'kysely';
import type { Connection, ResultSetHeader } from 'mysql2';
import type { Clock } from '../../kernel/clock.ts';
import type { Prepared } from '../prepared.ts';
import type { Database } from '../schema.ts';
import { type Answer, type Found, Tx } from '../tx.ts';
import { inOurWords, kindOf } from './errors.ts';
import { textOf } from './text.ts';

/** In milliseconds. */
export const STATEMENT_TIMEOUT = 8_000;
/** Characters of statements sent together: a fraction of the smallest packet that a server may accept. */
const MOST_TOGETHER = 500_000;

export const failure = (code: string): Error => Object.assign(new Error(code), { code });

/** Sent with the next statement. */
interface Queued {
  text: string;
  check?: (rows: Found[]) => void;
}

const textsOf = (queued: readonly Queued[]): string => queued.map(({ text }) => text).join('; ');

export class Session implements DatabaseConnection {
  readonly generation: number;
  /** Statements of Kysely on it, made once. */
  kysely: Kysely<Database> | undefined;
  readonly #raw: Connection;
  readonly #clock: Clock;
  /** Statements to send with the next one, and their length. */
  #before: Queued[] = [];
  #length = 0;
  broken = false;
  /** Time limit of a statement in milliseconds. */
  timeout = STATEMENT_TIMEOUT;

  constructor(raw: Connection, generation: number, clock: Clock) {
    this.#raw = raw;
    this.generation = generation;
    this.#clock = clock;
    const end = () => {
      this.broken = true;
    };
    raw.on('error', end);
    raw.on('end', end);
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    try {
      const { rows, affected, insertId } = await this.query(sql, parameters);
      return { rows: rows as R[], numAffectedRows: BigInt(affected), insertId: BigInt(insertId) };
    } catch (error) {
      throw inOurWords(error);
    }
  }

  async *streamQuery<R>(query: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
    yield await this.executeQuery<R>(query);
  }

  /**
   * A statement whose result is not needed: it is sent with the next one in one round trip, which throws its error. Only on
   * connections that accept several statements at once.
   */
  later(sql: string, values: readonly unknown[]): Promise<void> {
    return this.#queue({ text: this.#text(sql, values) });
  }

  /** The same for a query: the next statement throws what `check` throws about its rows. */
  expect(sql: string, check: (rows: Found[]) => void): Promise<void> {
    return this.#queue({ text: sql, check });
  }

  async #queue(queued: Queued): Promise<void> {
    if (this.#length + queued.text.length > MOST_TOGETHER) await this.#flush();
    this.#before.push(queued);
    this.#length += queued.text.length;
  }

  /** Discards the statements that wait for the next one. */
  forget(): void {
    this.#before = [];
    this.#length = 0;
  }

  /** Runs a statement after the queued ones. */
  query(sql: string, values: readonly unknown[] = []): Promise<Answer> {
    const text = this.#text(sql, values);
    if (this.#length + text.length > MOST_TOGETHER) return this.#flush().then(() => this.#send(text, answerOf));
    const before = this.#before;
    this.forget();
    // Several statements have a list of answers.
    if (before.length === 0) return this.#send(text, answerOf);
    return this.#send(`${textsOf(before)}; ${text}`, (answers) => {
      checkAll(before, answers);
      return answerOf(last(answers, 1));
    });
  }

  /** Sends the last insert of a transaction with its commit in one round trip; returns the row's number. */
  async insertAndCommit(sql: string, values: readonly unknown[]): Promise<number> {
    const text = `${this.#text(sql, values)}; commit`;
    const isChecked = this.#before.some(({ check }) => check);
    if (isChecked || this.#length + text.length > MOST_TOGETHER) await this.#flush();
    const before = this.#before;
    this.forget();
    return this.#send(before.length === 0 ? text : `${textsOf(before)}; ${text}`, numberOf);
  }

  #text(sql: string, values: readonly unknown[]): string {
    return textOf(sql, values, (text, list) => this.#raw.format(text, list));
  }

  async #flush(): Promise<void> {
    const before = this.#before;
    this.forget();
    if (before.length > 0) await this.#send(textsOf(before), (answers) => checkAll(before, answers));
  }

  /** A connection that does not answer in time is closed: its late answer would be taken for the next statement's. */
  #send<T>(text: string, read: (answer: Result | Result[]) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(this.timeout, () => {
        this.destroy();
        reject(failure('PWJ_TIMEOUT'));
      });
      // Without values, since mysql2 would otherwise search the whole text for placeholders.
      this.#raw.query(text, null, (error, result) => {
        cancel();
        if (error) {
          if (kindOf(error) === 'lost') this.broken = true;
          return reject(error);
        }
        try {
          resolve(read(result as Result | Result[]));
        } catch (unreadable) {
          reject(unreadable);
        }
      });
    });
  }

  destroy(): void {
    this.broken = true;
    this.#raw.destroy();
  }
}

type Result = Found[] | ResultSetHeader;

/** The first of the answers are those of the queued statements; a statement alone has no list. */
function checkAll(queued: readonly Queued[], answers: Result | Result[]): void {
  for (const [i, { check }] of queued.entries()) {
    if (!check) continue;
    const own = Array.isArray(answers) && (queued.length > 1 || Array.isArray(answers[0])) ? answers[i] : answers;
    check(answerOf(own as Result).rows);
  }
}

/** The number that the statement before the commit gave its row. */
const numberOf = (answers: Result | Result[]): number => answerOf(last(answers, 2)).insertId;

/** The answer at this position from the end, 1 for the last. */
const last = (answers: Result | Result[], n: number): Result => (answers as Result[]).at(-n) as Result;

function answerOf(result: Result | Result[]): Answer {
  if (Array.isArray(result)) return { rows: result as Found[], affected: 0, insertId: 0 };
  const { affectedRows, insertId } = result as ResultSetHeader;
  return { rows: [], affected: affectedRows, insertId };
}

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
