// What differs between the engines, as interfaces: `sqlite/` and `mysql/` implement them under the same file names.
import { type DatabasePlace, JobsError, type Logger, type StorageReason, token } from '@phraseworks/sdk';
import type { ColumnDataType, Kysely, RawBuilder } from 'kysely';
import type { StoredState } from '../job/lifecycle.ts';
import type { Clock, Random } from '../kernel/clock.ts';
import type { Check } from './diagnosis/check.ts';
import type { Prepared } from './prepared.ts';
import type { Database } from './schema.ts';
import type { Statements } from './statements.ts';
import type { Tx } from './tx.ts';

/** A kind of database. `engines.ts` lists them all. */
export interface Engine {
  /** Its name for people. */
  readonly title: string;
  /** The forms of its URLs, for messages. */
  readonly urls: readonly string[];
  /** The npm package that connects to it. */
  readonly driver: string;
  /** Whether a URL is meant for this engine, well-formed or not. */
  accepts(url: string): boolean;
  /** What the URL says. Throws `INVALID_CONFIG` when it is not well-formed. */
  read(url: string): DatabaseUrl;
  /** Makes what has to be there before a new database can be opened. */
  prepare?(url: string): Promise<void>;
  /** Opens the database of the URL. Throws `INVALID_CONFIG` with what to do, and `UNAVAILABLE` when nothing answers within `patience`. */
  open(url: string, around: OpenAround): Promise<Dialect>;
  /** Works on the database of a Kysely instance of the host; undefined when that is of another engine. */
  adopt(given: Kysely<Database>, around: OpenAround): Promise<Dialect | undefined>;
}

export interface DatabaseUrl {
  /** The URL without user, password and options. */
  name: string;
  /** The path of its file, `:memory:` for a database in memory; null on a server. */
  file: string | null;
  /** The servers that it names, each with a URL of its own. */
  hosts: readonly { host: string; url: string }[];
}

export interface OpenAround {
  /** A real one: a database takes its time, whatever a test does to the clock. */
  clock: Clock;
  random: Random;
  log?: Logger | undefined;
  /** How long to wait for a server that does not answer yet, in milliseconds; 0 by default. */
  patience?: number;
}

/** What the engine answered about itself, read back from the connection. */
export interface EngineFacts {
  engine: string;
  version: string;
  /** `full` when a commit waits for the disk. */
  durability: string;
  /** Where the data lies, without a password. */
  location: string;
}

/** Thrown inside a transaction: roll back and run it again, carefully. */
export class RunAgain extends Error {}

/** A commit whose answer was lost: it may be stored or not. */
export class OutcomeUnknown extends JobsError {
  constructor(cause: unknown) {
    super(
      'UNAVAILABLE',
      'The connection to the database was lost during the commit: it may have been stored or not. With an idempotencyKey the same job can be added again safely.',
      { retryAfter: 5, cause },
    );
  }
}

/** Column types and what else the migrations have to know. */
export interface ColumnTypes {
  /** Text that is compared byte by byte, at most 191 characters. */
  key: ColumnDataType | RawBuilder<unknown>;
  /** Text of any length. */
  text: ColumnDataType | RawBuilder<unknown>;
  time: 'integer' | 'bigint';
  int: 'integer';
  /** An integer primary key gets the next number by itself. */
  countsRows: boolean;
  /** What ends the definition of a table. */
  table: string;
  /** What ends the definition of a table whose rows are stored in the order of their key. */
  clustered: string;
  /** Is there such a table with such a column? A step that a crash cut off runs again, and asks. */
  hasColumn(db: Kysely<Database>, table: keyof Database, column: string): Promise<boolean>;
  /** Makes an index unless it is there. */
  ensureIndex(db: Kysely<Database>, index: IndexShape): Promise<void>;
  /** The same connection, for steps: a table that they make without options gets those of ours. */
  withOptions(db: Kysely<Database>): Promise<Kysely<Database>>;
}

export interface IndexShape {
  name: string;
  table: keyof Database;
  columns: readonly string[];
  unique?: boolean;
  /** Only the rows that have a value in this column, where the engine can. */
  sparse?: string;
}

const KEY_WIDTH = 190;

/** Cuts names of hosts and people to the width of a `key` column, since a server refuses longer ones. */
export const cutToKey = (text: string): string => text.slice(0, KEY_WIDTH);

/** A part of a statement. */
export type Sql = RawBuilder<unknown>;

/** The parts of a search. */
export interface SearchSql {
  /** The value contains the text, in either case. */
  contains(value: Sql, text: string): Sql;
  /** The value fits the pattern of a `like`, in either case; `!` escapes. */
  like(value: Sql, pattern: string): Sql;
  /** The value at this path of the data, as JSON; null in data that was corrupted by hand. */
  valueAt(path: readonly string[]): Sql;
  /** The value at this path of the data contains the text, which is written as inside JSON. */
  valueContains(path: readonly string[], text: string): Sql;
  /** The table of jobs, read along this index. */
  jobsAlong(index: JobIndex): Sql;
  /** The lanes and priorities that hold jobs in this state; more than `most` are cut off. */
  lanesIn(reader: Kysely<Database>, state: StoredState, most: number): Promise<LanePriority[]>;
}

export type JobIndex = 'primary' | 'pwj_jobs_claim' | 'pwj_jobs_schedule';

export interface LanePriority {
  lane: string;
  priority: number;
}

/** What a move needs for tables that it does not know. */
export interface TableSql {
  /** The name of a table or column in quotes. */
  quote(name: string): string;
  /** What `(a, b) in (...)` takes: `tuples` is like `(?, ?), (?, ?)`. */
  tuples(tuples: string): string;
  /** The columns of a table; none when it is not there. */
  columns(reader: Kysely<Database>, table: string): Promise<ColumnFact[]>;
}

export interface ColumnFact {
  name: string;
  /** As it was declared. */
  type: string;
  /** Its place in the primary key, from 1; 0 or null when it is not part of it. */
  place: number | string | null;
}

/** What `doctor` asks an engine. */
export interface Diagnosis {
  /** Looks at the settings that durability and claims rest on, as this connection has them. */
  settings(db: Kysely<Database>): Promise<Check[]>;
  /** Makes, fills, changes, empties and drops a table with this new name; throws what the engine answers. */
  tryRights(dialect: Dialect, table: string): Promise<void>;
  /** What to do when a table could not be made or changed for this reason. */
  cure(reason: StorageReason): string;
  /** Whether the user may change the whole server. */
  mayDoEverything(db: Kysely<Database>): Promise<boolean>;
  /** The columns of the indexes of our tables, in order; primary keys left out. */
  indexes(reader: Kysely<Database>): Promise<IndexPart[]>;
  /** Our tables that were made with other options than ours. */
  oddTables(dialect: Dialect): Promise<OddTable[]>;
  /** Reads all of a file, and says what is wrong with it; null on a server, which looks itself. */
  damage(reader: Kysely<Database>): Promise<string[] | null>;
}

export interface IndexPart {
  table: string;
  name: string;
  column: string;
  isUnique: number;
  isBackwards: number;
}

export interface OddTable {
  says: string;
  cure: string;
}

/** A database that is one file. */
export interface DatabaseFile {
  /** Throws `UNAVAILABLE` when it is no longer the one at its path. */
  check(): void;
  /** Is there place for more on its disk? */
  hasRoom(): Promise<boolean>;
  /** How large it is, and how much of it holds data. */
  size(): Promise<FileSize>;
  /** Rewrites it without its empty pages. No other process can write meanwhile; an interruption leaves it as it was. */
  compact(): Promise<void>;
}

export interface FileSize {
  /** Bytes of the file. */
  size: number;
  /** Bytes of it that hold data. */
  used: number;
  /** Bytes that are free on its disk. */
  free: number;
}

export interface Dialect {
  /** The name of its engine, for people and tests: what differs is asked of the members below. */
  readonly name: string;
  /** For statements on their own, and for the transactions of plugins. */
  readonly db: Kysely<Database>;
  /** For reads outside transactions. */
  readonly reader: Kysely<Database>;
  readonly types: ColumnTypes;
  /** The statements that every job passes through, as this engine does them best. */
  readonly statements: Statements;
  readonly search: SearchSql;
  readonly tables: TableSql;
  readonly diagnosis: Diagnosis;
  /** Where the data lies, for tools that open a connection of their own; null in memory, and for connections of the host to a server. */
  readonly place: DatabasePlace | null;
  /** Where the database is a file. */
  readonly file?: DatabaseFile;
  /** Reads block the thread of this process, so long ones are split. */
  readonly blocking: boolean;
  /** Commits become visible in the order of their numbers. */
  readonly ordered: boolean;
  /** A transaction can lock single rows. */
  readonly rowLocks: boolean;
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
  facts(): EngineFacts;
  close(): Promise<void>;
}
export const Dialect = token<Dialect>('core/dialect');
