// Statements inside a transaction on MySQL, where each of them is a round trip.
import type { Kysely, SelectQueryBuilder } from 'kysely';
import type { Prepared } from '../prepared.ts';
import type { Database } from '../schema.ts';
import type { Tx } from './dialect.ts';
import type { Session } from './mysql-connection.ts';

/** Of one statement: a fraction of the smallest max_allowed_packet that is accepted. */
const STATEMENT_BYTES = 1_000_000;
const STATEMENT_ROWS = 1_000;

/** `insert into t (a, b) values (?, ?) on duplicate key ...`, taken apart once. */
const PARTS = /^(insert .*? values )(\([?, ]*\))( on duplicate key update .*)?$/s;

const parts = new WeakMap<Prepared<never>, readonly [string, string, string]>();

function partsOf(query: Prepared<never>): readonly [string, string, string] {
  const known = parts.get(query);
  if (known) return known;
  const found = PARTS.exec(query.sql);
  if (!found) throw new TypeError('only an insert of one row can be made one of many');
  const made = [found[1] ?? '', found[2] ?? '', found[3] ?? ''] as const;
  parts.set(query, made);
  return made;
}

const bytesOf = (values: readonly unknown[]): number =>
  values.reduce((sum: number, value) => sum + (typeof value === 'string' ? value.length + 3 : 12), 0);

export class MysqlTx implements Tx {
  readonly db: Kysely<Database>;
  readonly careful: boolean;
  readonly #session: Session;

  constructor(session: Session, db: Kysely<Database>, careful: boolean) {
    this.#session = session;
    this.db = db;
    this.careful = careful;
  }

  /** Affected rows: those that the condition met, also where nothing changed. */
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

  async insertAll<P>(query: Prepared<P>, list: readonly P[]): Promise<void> {
    const [head, tuple, tail] = partsOf(query as unknown as Prepared<never>);
    let values: unknown[] = [];
    let rows = 0;
    let bytes = 0;
    const flush = async (): Promise<void> => {
      if (rows > 0) await this.#session.query(`${head}${Array(rows).fill(tuple).join(', ')}${tail}`, values);
      values = [];
      rows = 0;
      bytes = 0;
    };
    for (const params of list) {
      const bound = query.bind(params);
      const more = bytesOf(bound);
      if (rows >= STATEMENT_ROWS || (rows > 0 && bytes + more > STATEMENT_BYTES)) await flush();
      for (const value of bound) values.push(value);
      rows += 1;
      bytes += more;
    }
    await flush();
  }

  /** A statement whose text depends on its rows. */
  async text(sql: string, values: readonly unknown[]): Promise<{ rows: Record<string, unknown>[]; affected: number }> {
    return this.#session.query(sql, values);
  }

  locked<DB, TB extends keyof DB, O>(query: SelectQueryBuilder<DB, TB, O>): SelectQueryBuilder<DB, TB, O> {
    return query.forUpdate();
  }
}
