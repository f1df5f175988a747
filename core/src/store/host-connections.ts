// The host's own Kysely connections: our transactions on them, and statements inside one of the host's transactions.
import { CompiledQuery, type Kysely, type QueryResult, type SelectQueryBuilder } from 'kysely';
import { type Clock, pause, type Random } from '../kernel/clock.ts';
import { OutcomeUnknown, RunAgain } from './dialect.ts';
import type { Prepared } from './prepared.ts';
import { insertRows } from './prepared.ts';
import type { Database } from './schema.ts';
import type { Tx } from './tx.ts';

/** How often a transaction runs while others conflict, and the pause in between in milliseconds. */
const MOST_RUNS = 8;
const SHORTEST_REST = 5;
const SPREAD = 20;

type Row = Record<string, unknown>;

/** What an engine provides for transactions on connections that are not ours. */
interface HostRules {
  /** Statements that start a write transaction; Kysely's own start differs. */
  begin: readonly string[];
  rowLocks: boolean;
  /** Others conflicted, so it can be run again. */
  isConflict(error: unknown): boolean;
  /** The connection was lost. */
  isLost(error: unknown): boolean;
  inOurWords(error: unknown): unknown;
}

export class HostConnections {
  readonly #db: Kysely<Database>;
  readonly #rules: HostRules;
  readonly #clock: Clock;
  readonly #random: Random;
  #inFlight = 0;

  constructor(db: Kysely<Database>, rules: HostRules, { clock, random }: { clock: Clock; random: Random }) {
    this.#db = db;
    this.#rules = rules;
    this.#clock = clock;
    this.#random = random;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  readonly text = (sql: string, values: readonly unknown[]): Promise<Row[]> =>
    this.#counted(async () => (await this.#db.executeQuery<Row>(CompiledQuery.raw(sql, [...values]))).rows);

  readonly read = <P, R>(query: Prepared<P, R>, params: P): Promise<R[]> =>
    this.text(query.sql, query.bind(params)) as Promise<R[]>;

  /** As `Dialect.transaction`. */
  readonly transaction = <T>(work: (tx: Tx) => Promise<T>): Promise<T> =>
    this.#counted(async () => {
      for (let runs = 1; ; runs += 1) {
        try {
          return await this.#once(work);
        } catch (error) {
          if (runs >= MOST_RUNS || !(error instanceof RunAgain || this.#rules.isConflict(error))) throw error;
          await pause(this.#clock, SHORTEST_REST + this.#random.fraction() * SPREAD);
        }
      }
    });

  /** Runs `work` on one connection, outside a transaction. */
  onOne<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.#counted(() =>
      this.#db.connection().execute((connection) => work(new KyselyTx(connection, this.#rules.rowLocks))),
    );
  }

  #once<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    const { begin, rowLocks, isLost } = this.#rules;
    return this.#db.connection().execute(async (connection) => {
      const say = (sql: string) => connection.executeQuery(CompiledQuery.raw(sql));
      for (const sql of begin) await say(sql);
      let committing = false;
      try {
        const value = await work(new KyselyTx(connection, rowLocks));
        committing = true;
        await say('commit');
        return value;
      } catch (error) {
        await say('rollback').catch(() => {});
        if (committing && isLost(error)) throw new OutcomeUnknown(error);
        throw error;
      }
    });
  }

  async #counted<T>(work: () => Promise<T>): Promise<T> {
    this.#inFlight += 1;
    try {
      return await work();
    } catch (error) {
      throw this.#rules.inOurWords(error);
    } finally {
      this.#inFlight -= 1;
    }
  }
}

/** Statements inside a transaction of the host. */
export class KyselyTx implements Tx {
  readonly db: Kysely<Database>;
  /** This transaction belongs to the host, so it cannot be rolled back and repeated. */
  readonly careful = true;
  readonly #rowLocks: boolean;

  constructor(db: Kysely<Database>, rowLocks: boolean) {
    this.db = db;
    this.#rowLocks = rowLocks;
  }

  async run<P>(query: Prepared<P>, params: P): Promise<number> {
    return Number((await this.#send(query.sql, query.bind(params))).numAffectedRows ?? 0n);
  }

  async each<P>(query: Prepared<P>, list: readonly P[]): Promise<number[]> {
    const counts: number[] = [];
    for (const params of list) counts.push(await this.run(query, params));
    return counts;
  }

  async all<P, R>(query: Prepared<P, R>, params: P): Promise<R[]> {
    return (await this.#send(query.sql, query.bind(params))).rows as R[];
  }

  async insert<P>(query: Prepared<P>, params: P): Promise<number> {
    return Number((await this.#send(query.sql, query.bind(params))).insertId ?? 0n);
  }

  insertLast<P>(query: Prepared<P>, params: P): Promise<number> {
    return this.insert(query, params);
  }

  insertAll<P>(query: Prepared<P>, list: readonly P[]): Promise<void> {
    return insertRows(query, list, ({ head, rows, used, tail }) => {
      const tuple = ` (${used.map(() => '?').join(', ')})`;
      const values = rows.flatMap((row) => used.map((i) => row[i]));
      return this.#send(head + rows.map(() => tuple).join(',') + tail, values);
    });
  }

  async text(sql: string, values: readonly unknown[]): Promise<{ rows: Row[]; affected: number }> {
    const { rows, numAffectedRows } = await this.#send(sql, values);
    return { rows, affected: Number(numAffectedRows ?? 0n) };
  }

  async later(sql: string, values: readonly unknown[]): Promise<void> {
    await this.#send(sql, values);
  }

  locked<DB, TB extends keyof DB, O>(query: SelectQueryBuilder<DB, TB, O>): SelectQueryBuilder<DB, TB, O> {
    return this.#rowLocks ? query.forUpdate() : query;
  }

  #send(sql: string, values: readonly unknown[]): Promise<QueryResult<Row>> {
    return this.db.executeQuery<Row>(CompiledQuery.raw(sql, [...values]));
  }
}
