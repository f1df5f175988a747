// Statements inside a transaction that somebody else holds: the host's own, on either engine.
import { CompiledQuery, type Kysely, type QueryResult, type SelectQueryBuilder } from 'kysely';
import type { Tx } from './dialect.ts';
import { insertRows } from './many-rows.ts';
import type { Prepared } from './prepared.ts';
import type { Database } from './schema.ts';

type Row = Record<string, unknown>;

export class KyselyTx implements Tx {
  readonly db: Kysely<Database>;
  /** Nothing here can be rolled back to be run again. */
  readonly careful = true;
  readonly #locks: boolean;

  /** `locks`: the engine has row locks. */
  constructor(db: Kysely<Database>, locks: boolean) {
    this.db = db;
    this.#locks = locks;
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
    return this.#locks ? query.forUpdate() : query;
  }

  #send(sql: string, values: readonly unknown[]): Promise<QueryResult<Row>> {
    return this.db.executeQuery<Row>(CompiledQuery.raw(sql, [...values]));
  }
}
