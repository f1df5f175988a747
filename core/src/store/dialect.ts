// The differences between engines, as interfaces. `sqlite/` and `mysql/` implement them; what both need is in files with the same names.
import { type DatabasePlace, type Info, JobsError, type Logger, type StorageReason, token } from '@phraseworks/sdk';
import type { ColumnDataType, Kysely, RawBuilder } from 'kysely';
import type { Clock, Random } from '../kernel/clock.ts';
import type { Language } from './kysely-on.ts';
import type { Prepared } from './prepared.ts';
import type { Database } from './schema.ts';
import type { Statements } from './shared-statements.ts';
import type { TransactionContext } from './transaction-context.ts';
import type { Tx } from './tx.ts';

/** A kind of database. `open.ts` lists them all. */
export interface Engine {
  /** URL formats, for messages. */
  readonly urls: readonly string[];
  /** Whether a URL is for this engine, valid or not. */
  accepts(url: string): boolean;
  /** Parses the URL. Throws `INVALID_CONFIG` if it is invalid. */
  read(url: string): DatabaseUrl;
  /** Prepares a new database, such as its folder. */
  prepare?(url: string): Promise<void>;
  /** Opens the database. Throws `INVALID_CONFIG` with what to do, and `UNAVAILABLE` if nothing answers within `patience`. */
  open(url: string, around: OpenAround): Promise<Dialect>;
}

export interface DatabaseUrl {
  /** The URL without user, password and options. */
  name: string;
  /** The file's path, or `:memory:`; null on a server. */
  file: string | null;
  /** One URL per server that it names. */
  hosts: readonly { host: string; url: string }[];
}

export interface OpenAround {
  /** A real clock: databases take real time, even if a test controls the clock. */
  clock: Clock;
  random: Random;
  log?: Logger | undefined;
  /** How long to wait for a server that does not answer yet, in milliseconds; 0 by default. */
  patience?: number;
}

/** What the engine reports about itself, read back from the connection. */
export type EngineFacts = Pick<Info, 'engine' | 'version' | 'durability' | 'location'>;

/** The database cannot work now. */
export const unavailable = (words: string, cause?: unknown): JobsError =>
  new JobsError('UNAVAILABLE', `The database is not available: ${words}.`, { retryAfter: 5, cause });

/** Only a person can make it work. */
export const unusable = (message: string, cause?: unknown): JobsError =>
  new JobsError('INVALID_CONFIG', message, { cause });

/** Is this version older than the least that we need? */
export function isOlder(version: string, least: readonly number[]): boolean {
  const own = version.split('.').map(Number);
  const at = least.findIndex((part, i) => (own[i] ?? 0) !== part);
  return at >= 0 && (own[at] ?? 0) < (least[at] as number);
}

/** Thrown inside a transaction: roll back and run it again, row by row. */
export class RunAgain extends Error {}

/** The answer to a commit was lost: it may be stored or not. */
export class OutcomeUnknown extends JobsError {
  constructor(cause: unknown) {
    super(
      'UNAVAILABLE',
      'The connection to the database was lost during a commit, which may have been stored or not. With an idempotencyKey the same job can safely be added again.',
      { retryAfter: 5, cause },
    );
  }
}

/** Column types and other facts for migrations. */
export interface ColumnTypes {
  /** Text compared byte by byte, at most 191 characters. */
  key: ColumnDataType | RawBuilder<unknown>;
  /** Text of any length. */
  text: ColumnDataType | RawBuilder<unknown>;
  time: 'integer' | 'bigint';
  int: 'integer';
  /** For a primary key that is assigned the next number. */
  counter: ColumnDataType | RawBuilder<unknown>;
  /** At the end of the definition of a table whose rows are stored in key order. */
  clustered: string;
  /** An index may leave out rows. */
  sparse: boolean;
  /** The columns of any table; none if there is no such table. */
  columns(db: Kysely<Database>, table: string): Promise<readonly ColumnFact[]>;
  /** The names of all tables that begin with `pwj_`. */
  tables(db: Kysely<Database>): Promise<string[]>;
}

export interface ColumnFact {
  name: string;
  /** The declared type. */
  type: string;
  /** Position in the primary key, from 1; 0 or null if not part of it. */
  place: number | string | null;
}

const KEY_WIDTH = 190;

/** Cuts host and user names to the width of a `key` column, since servers refuse longer ones. */
export const cutToKey = (text: string): string => text.slice(0, KEY_WIDTH);

/** A part of a statement. */
export type Sql = RawBuilder<unknown>;

export type JobIndex = 'primary' | 'pwj_jobs_claim' | 'pwj_jobs_due' | 'pwj_jobs_finished' | 'pwj_jobs_schedule';

/** A database in one file. */
export interface DatabaseFile {
  /** Throws `UNAVAILABLE` if the file at its path is a different one. */
  check(): void;
  /** Is there free space on its disk? */
  hasRoom(): Promise<boolean>;
  /** The first errors that SQLite finds in it, at most `most`; reads all of it. */
  damage(most: number): Promise<string[]>;
}

export interface Dialect {
  /** The engine's name, for people, tests and tools with a part for each engine. Other code uses the members below. */
  readonly name: DatabasePlace['engine'];
  /** For single statements, and for transactions of plugins. */
  readonly db: Kysely<Database>;
  /** For reads outside transactions. */
  readonly reader: Kysely<Database>;
  /** The transaction that the caller is in. */
  readonly inside: TransactionContext;
  /** The statement that starts a write transaction. */
  readonly begin: string;
  readonly language: Language;
  readonly types: ColumnTypes;
  /** The statements that every job uses, optimised for this engine. */
  readonly statements: Statements;
  /** The table of jobs, read along this index. */
  jobsAlong(index: JobIndex): Sql;
  /** Where the data is stored, for tools with their own connection; null in memory. */
  readonly place: DatabasePlace | null;
  /** Only for a database in a file. */
  readonly file?: DatabaseFile;
  /** Reads block this process's thread, so long ones are split. */
  readonly blocking: boolean;
  /** Commits become visible in the order of their numbers. */
  readonly ordered: boolean;
  /** Transactions can lock single rows. */
  readonly rowLocks: boolean;
  /** Milliseconds between two checks for changes by other processes. */
  readonly poll: { shortest: number; longest: number };
  /** Statements and transactions in progress. */
  readonly inFlight: number;
  /**
   * Starts a write transaction, rolls back if `work` throws, and runs it again if other transactions conflicted.
   * Throws `OutcomeUnknown` if the connection was lost during the commit.
   */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** One read with a prepared statement, outside any transaction. */
  read<P, R>(query: Prepared<P, R>, params: P): Promise<R[]>;
  /** Runs schema changes while no other process does; `work` uses `db` for statements. */
  migrating<T>(work: (db: Kysely<Database>) => Promise<T>): Promise<T>;
  /** May another connection have committed since the last call? */
  changedElsewhere(): Promise<boolean>;
  /** Milliseconds since 1970 by the server's clock; only if processes may be on different hosts. */
  serverTime?(): Promise<number>;
  /** The same inside a transaction. */
  timeIn?(tx: Tx): Promise<number>;
  /** The row already exists. */
  isDuplicate(error: unknown): boolean;
  /** The reason why nothing can be stored, from an error of a write. */
  storageReason(error: unknown): StorageReason;
  facts(): EngineFacts;
  close(): Promise<void>;
}
export const Dialect = token<Dialect>('core/dialect');
