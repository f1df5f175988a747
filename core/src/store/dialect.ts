// What differs between the engines: one interface, and one set of files per engine that implements it.

import type { StorageReason } from '@phraseworks/sdk';
import { token } from '@phraseworks/sdk';
import type { ColumnDataType, Kysely, RawBuilder, SelectQueryBuilder } from 'kysely';
import type { Hot } from './hot.ts';
import type { Prepared } from './prepared.ts';
import type { Database } from './schema.ts';

/** What the engine answered about itself, read back from the connection. */
export interface EngineFacts {
  engine: string;
  version: string;
  /** `full` when a commit waits for the disk. */
  durability: string;
  /** Where the data lies, without a password. */
  location: string;
}

/** Statements inside one write transaction. */
export interface Tx {
  /** For statements that are not hot. */
  readonly db: Kysely<Database>;
  /** True in the second run of a transaction that asked for it with `RunAgain`: rows are then written one by one, not many at once. */
  readonly careful: boolean;
  /** Affected rows. */
  run<P>(query: Prepared<P>, params: P): Promise<number>;
  /** Affected rows of each; one statement after the other. */
  each<P>(query: Prepared<P>, list: readonly P[]): Promise<number[]>;
  /** Inserts many rows, in as few statements as the engine needs for that. */
  insertAll<P>(query: Prepared<P>, list: readonly P[]): Promise<void>;
  all<P, R>(query: Prepared<P, R>, params: P): Promise<R[]>;
  /** The number the engine gave to the inserted row. */
  insert<P>(query: Prepared<P>, params: P): Promise<number>;
  /**
   * As `insert`, for the last statement of the transaction: it may be sent with the commit. Whether a commit whose answer is lost is
   * stored can then not be told by this row. Where its number is not wanted the answer may be null, which some servers are quicker with.
   */
  insertLast<P>(query: Prepared<P>, params: P, isNumberWanted: boolean): Promise<number | null>;
  /** A statement whose text depends on its values. */
  text(sql: string, values: readonly unknown[]): Promise<{ rows: Record<string, unknown>[]; affected: number }>;
  /** As `text`, where the answer is not needed: it may be sent with the next statement, which then throws in its place. */
  later(sql: string, values: readonly unknown[]): Promise<void>;
  /** The rows that this reads stay as they are until the transaction ends. */
  locked<DB, TB extends keyof DB, O>(query: SelectQueryBuilder<DB, TB, O>): SelectQueryBuilder<DB, TB, O>;
}

/** Thrown inside a transaction: roll back and run it again, carefully. */
export class RunAgain extends Error {}

/** Column types and what the migrations have to know. */
export interface ColumnTypes {
  /** Text that is compared byte by byte, at most 191 characters. */
  key: ColumnDataType | RawBuilder<unknown>;
  /** Text of any length. */
  text: ColumnDataType | RawBuilder<unknown>;
  time: 'integer' | 'bigint';
  int: 'integer';
  /** An index may leave out the rows without a value. */
  partialIndexes: boolean;
  /** An integer primary key gets the next number by itself. */
  countsRows: boolean;
  /** What ends the definition of a table. */
  table: string;
  /** What ends the definition of a table whose rows are stored in the order of their key. */
  clustered: string;
}

export interface Dialect {
  readonly name: 'sqlite' | 'mysql';
  /** For statements on their own, and for the transactions of plugins. */
  readonly db: Kysely<Database>;
  /** For reads outside transactions. */
  readonly reader: Kysely<Database>;
  readonly types: ColumnTypes;
  /** The statements that every job passes through, as this engine does them best. */
  readonly hot: Hot;
  /** What makes a `like` find text in either case. */
  readonly anyCase: string;
  /** Reads block the thread of this process, so long ones are split. */
  readonly blocking: boolean;
  /** Commits become visible in the order of their numbers. */
  readonly ordered: boolean;
  /** Between two looks for what other processes did, in milliseconds. */
  readonly poll: { shortest: number; longest: number };
  /** Statements and transactions under way. */
  readonly inFlight: number;
  /**
   * Begins for writing at once, rolls back when `work` throws, and runs it again while the engine says that others were in the way.
   * Throws `OutcomeUnknown` when the connection was lost in the middle of the commit.
   */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** One read with a prepared statement, outside any transaction. */
  read<P, R>(query: Prepared<P, R>, params: P): Promise<R[]>;
  /** Runs schema changes while no other process does; `db` is for the statements of `work`. */
  migrating<T>(work: (db: Kysely<Database>) => Promise<T>): Promise<T>;
  /** May another connection have committed since the last call? */
  changedElsewhere(): Promise<boolean>;
  /** Milliseconds since 1970 by the clock of the server; only where the processes may be on different hosts. */
  serverTime?(): Promise<number>;
  /** The row is there already. */
  isDuplicate(error: unknown): boolean;
  /** Why nothing can be stored, from what a write threw. */
  storageReason(error: unknown): StorageReason;
  /** Where it is a file: throws `UNAVAILABLE` when that is no longer the one at its path. */
  lookAtFile?(): void;
  /** Where it is a file: is there place for more on its disk? */
  hasRoom?(): Promise<boolean>;
  facts(): EngineFacts;
  close(): Promise<void>;
}
export const Dialect = token<Dialect>('core/dialect');
