// What differs between the engines: one interface, and one file per engine that implements it.
import type { Kysely } from 'kysely';
import type { Prepared } from '../prepared.ts';
import type { Database } from '../schema.ts';

/** What the engine answered about itself, read back from the connection. */
export interface EngineFacts {
  engine: string;
  version: string;
  /** `full` when a commit waits for the disk. */
  durability: string;
  location: string;
}

/** Statements inside one write transaction. */
export interface Tx {
  /** For statements that are not hot. */
  readonly db: Kysely<Database>;
  /** Affected rows. */
  run<P>(query: Prepared<P>, params: P): Promise<number>;
  /** One statement for many rows; affected rows of each. */
  many<P>(query: Prepared<P>, list: readonly P[]): Promise<number[]>;
  all<P, R>(query: Prepared<P, R>, params: P): Promise<R[]>;
  /** The number the engine gave to the inserted row. */
  insert<P>(query: Prepared<P>, params: P): Promise<number>;
}

/** Column types for the migrations. */
export interface ColumnTypes {
  /** Text that is compared byte by byte, at most 191 characters. */
  key: 'text' | 'varchar(191)';
  /** Text of any length. */
  text: 'text';
  time: 'integer' | 'bigint';
  int: 'integer';
  /** An index may leave out the rows without a value. */
  partialIndexes: boolean;
  /** An integer primary key gets the next number by itself. */
  countsRows: boolean;
  /** What stands at the end of a table whose rows lie in the order of their key. */
  clustered: string;
}

export interface Dialect {
  readonly name: 'sqlite' | 'mysql';
  /** The one connection that writes; queries wait for open transactions. */
  readonly db: Kysely<Database>;
  /** For reads outside transactions. */
  readonly reader: Kysely<Database>;
  readonly types: ColumnTypes;
  /** Begins for writing at once, retries while another process writes, rolls back when `work` throws. */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** One read with a prepared statement, outside any transaction. */
  read<P, R>(query: Prepared<P, R>, params: P): Promise<R[]>;
  /** Has another connection committed since the last call? */
  changedElsewhere(): Promise<boolean>;
  facts(): EngineFacts;
  close(): Promise<void>;
}
