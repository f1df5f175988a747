// One connection, in use by one caller: statements in order, those that need no answer in one round trip with the next.
import type { Connection, ResultSetHeader } from 'mysql2';
import type { Clock } from '../../clock.ts';
import { kindOf } from './mysql-errors.ts';
import { textOf } from './mysql-text.ts';

/** In milliseconds. */
export const STATEMENT_TIMEOUT = 8_000;
/** Of the statements that are sent together, in characters: a fraction of the smallest packet that a server may take. */
const MOST_TOGETHER = 500_000;

/** Any row that the server may answer. */
export type Row = Record<string, unknown>;

export interface Answer {
  rows: Row[];
  affected: number;
  insertId: number;
}

export const failure = (code: string): Error => Object.assign(new Error(code), { code });

export class Session {
  readonly generation: number;
  readonly #raw: Connection;
  readonly #clock: Clock;
  /** Statements that go with the next one, and their length. */
  #before: string[] = [];
  #length = 0;
  broken = false;
  /** How long a statement may take, in milliseconds. */
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

  /**
   * A statement whose answer nobody needs: it goes with the next one, in one round trip, which throws in its place. Only on
   * connections that take several statements at once.
   */
  async later(sql: string, values: readonly unknown[]): Promise<void> {
    const text = this.#format(sql, values);
    if (this.#length + text.length > MOST_TOGETHER) await this.#flush();
    this.#before.push(text);
    this.#length += text.length;
  }

  /** What waits for the next statement is not sent any more. */
  forget(): void {
    this.#before = [];
    this.#length = 0;
  }

  /** One statement, after those that wait for it. */
  async query(sql: string, values: readonly unknown[] = []): Promise<Answer> {
    const text = this.#format(sql, values);
    if (this.#length + text.length > MOST_TOGETHER) await this.#flush();
    const before = this.#before;
    this.forget();
    const answer = await this.#send([...before, text].join('; '));
    // Several statements have a list of answers.
    return answerOf(before.length === 0 ? answer : (answer as Result[]).at(-1));
  }

  /** The last statement of a transaction and its commit, in one round trip; answers what the server says to the statement. */
  async queryAndCommit(sql: string, values: readonly unknown[]): Promise<Answer> {
    await this.later(sql, values);
    const before = this.#before;
    this.forget();
    const answers = await this.#send([...before, 'commit'].join('; '));
    return answerOf((answers as Result[]).at(-2));
  }

  async #flush(): Promise<void> {
    const before = this.#before;
    this.forget();
    if (before.length > 0) await this.#send(before.join('; '));
  }

  #format(sql: string, values: readonly unknown[]): string {
    return textOf(sql, values, (text, list) => this.#raw.format(text, list));
  }

  /** A connection that does not answer in time is cut: its answer would be taken for that of the next statement. */
  #send(text: string): Promise<Result | Result[]> {
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(this.timeout, () => {
        this.destroy();
        reject(failure('PWJ_TIMEOUT'));
      });
      this.#raw.query(text, (error, result) => {
        cancel();
        if (!error) return resolve(result as Result | Result[]);
        if (kindOf(error) === 'lost') this.broken = true;
        reject(error);
      });
    });
  }

  destroy(): void {
    this.broken = true;
    this.#raw.destroy();
  }
}

type Result = Row[] | ResultSetHeader;

function answerOf(result: unknown): Answer {
  if (Array.isArray(result)) return { rows: result as Row[], affected: 0, insertId: 0 };
  const { affectedRows, insertId } = result as ResultSetHeader;
  return { rows: [], affected: affectedRows, insertId };
}
