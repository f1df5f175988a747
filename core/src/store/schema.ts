// The tables: each column written once. From them come the types of rows and statements, and the step that creates them.
import type { ColumnType, Generated, Kysely } from 'kysely';
import type { StoredState } from '../job/lifecycle.ts';
import type { Outcome } from '../job/link.ts';
import { JOB } from '../job/record.ts';
import {
  type Column,
  type Columns,
  counter,
  int,
  key,
  keyOf,
  orNull,
  text,
  time,
  type ValuesOf,
} from '../kernel/columns.ts';

type Names<C extends Columns> = readonly (keyof C & string)[];

interface Index<C extends Columns> {
  columns: Names<C>;
  unique?: true;
  /** Only rows that have a value in its first column, if the engine can. */
  sparse?: true;
}

export interface Table<C extends Columns> {
  columns: C;
  key: Names<C>;
  /** Rows are stored in the order of the key. */
  clustered?: true;
  /** By the end of their names. */
  indexes?: Readonly<Record<string, Index<C>>>;
}

const table = <C extends Columns>(columns: C, rest: Omit<Table<C>, 'columns'>): Table<C> => ({ columns, ...rest });

/** All tables. */
export const TABLES = {
  pwj_jobs: table(JOB, {
    key: ['id'],
    indexes: {
      claim: { columns: ['state', 'type', 'priority', 'id'] },
      key: { columns: ['idempotencyKey'], unique: true, sparse: true },
      due: { columns: ['dueAt', 'id'], sparse: true },
      finished: { columns: ['finishedAt'], sparse: true },
      schedule: { columns: ['schedule', 'id'], sparse: true },
    },
  }),
  /** One row per finished attempt. */
  pwj_attempts: table(
    {
      jobId: key(),
      run: int(),
      attempt: int(),
      node: orNull(key()),
      startedAt: time(),
      finishedAt: time(),
      outcome: key(),
      error: orNull(text()),
      stack: orNull(text()),
    },
    { key: ['jobId', 'run'], clustered: true },
  ),
  pwj_logs: table(
    { jobId: key(), run: int(), line: int(), attempt: int(), at: time(), level: key(), message: text() },
    { key: ['jobId', 'run', 'line'], clustered: true },
  ),
  /** Events of a job besides its attempts: released, cancelled, retried manually. */
  pwj_history: table(
    {
      jobId: key(),
      id: key(),
      /** The last run that had begun by then; 0 before the first. */
      run: int(),
      at: time(),
      event: key(),
      attempt: int(),
      status: key(),
      reason: orNull(text()),
      by: orNull(key()),
    },
    { key: ['jobId', 'id'], clustered: true },
  ),
  /** Completed steps of a job; one row per key. */
  pwj_receipts: table(
    {
      jobId: key(),
      key: key(),
      /** `pending` before the effect, `done` after it. */
      state: key(),
      /** JSON; null while pending, or if the result could not be stored. */
      result: orNull(text()),
      attempt: int(),
      /** The claim that wrote it. */
      run: int(),
      at: time(),
    },
    { key: ['jobId', 'key'], clustered: true },
  ),
  /** The keys of jobs, in the order of adding: one row per job that has one. */
  pwj_keys: table(
    {
      seq: counter(),
      jobId: key(),
      /** Of its type and key, as in `pwj_key_heads`. */
      name: key(),
      key: key(),
      /** When it was added, or the first of the jobs that it replaced. */
      addedAt: time(),
    },
    {
      key: ['seq'],
      indexes: {
        job: { columns: ['jobId'], unique: true },
        name: { columns: ['name', 'seq'] },
      },
    },
  ),
  /** One row per key of jobs that have not ended, locked by each transaction that decides about them. */
  pwj_key_heads: table(
    {
      name: key(),
      /** The first of its jobs that may not have ended: it has the key, and the others wait. */
      holder: orNull(key()),
      /** The last added of its jobs, which may have ended. */
      lastJob: orNull(key()),
      /** The first job of its period, and when that ends. */
      firstJob: orNull(key()),
      until: orNull(time()),
    },
    { key: ['name'], clustered: true },
  ),
  /** What was answered to additions with an idempotency key whose job was kept or replaced. */
  pwj_key_answers: table(
    { idempotencyKey: key(), jobId: key(), outcome: key(), fingerprint: orNull(key()) },
    { key: ['idempotencyKey'], indexes: { job: { columns: ['jobId'] } } },
  ),
  /** One row per limit, with an empty value, which the claims of its types lock; and one per value of a limit with `by`, locked by each transaction that moves its jobs. */
  pwj_limits: table(
    {
      name: key(),
      value: key(),
      /** Of a limit: the numbers of an administrator, as JSON; null: as registered. */
      changed: orNull(text()),
      closedUntil: orNull(time()),
      /** Of a value: the last turn that was given to a job of it. Of a limit: the turn of the last job that started. */
      turn: time(),
      /** When to look at a value again although nothing happens to its jobs. */
      lookAt: orNull(time()),
    },
    { key: ['name', 'value'], clustered: true, indexes: { look: { columns: ['lookAt'], sparse: true } } },
  ),
  /** How many jobs started when, as far as a rate has to know. */
  pwj_limit_starts: table(
    { name: key(), value: key(), at: time(), n: int() },
    { key: ['name', 'value', 'at'], clustered: true },
  ),
  /** With `by`: the jobs that wait, and those that have a place. Without: those that a claim has taken. What became of a job since is read from `pwj_jobs`. */
  pwj_limited: table(
    { jobId: key(), name: key(), value: key(), type: key(), waits: int(), priority: int(), turn: time() },
    {
      key: ['jobId'],
      indexes: {
        value: { columns: ['name', 'value', 'waits', 'priority', 'jobId'] },
        turn: { columns: ['type', 'waits', 'priority', 'turn', 'jobId'] },
      },
    },
  ),
  /** Of jobs that may not wait for ever: until when. */
  pwj_deadlines: table(
    {
      jobId: key(),
      /** The end of its expiry, or of its time if it waits for its next attempt; null while neither counts. */
      waitsUntil: orNull(time()),
      /** No later attempt begins after this; null: as its type says. */
      giveUpAt: orNull(time()),
    },
    { key: ['jobId'], clustered: true, indexes: { due: { columns: ['waitsUntil', 'jobId'], sparse: true } } },
  ),
  /** What content a job is about, `post:17`: one row per job that is about any. */
  pwj_about: table(
    { jobId: key(), about: key() },
    { key: ['jobId'], clustered: true, indexes: { about: { columns: ['about', 'jobId'] } } },
  ),
  /** What waits for what: a target, which is a job or a batch, for the end of a source, which is a job or, for its closing, a batch. */
  pwj_links: table(
    {
      target: key(),
      source: key(),
      /** Of the source, for the target. */
      name: orNull(key()),
      /** How the source ended; null while it is open. */
      outcome: orNull(keyOf<Outcome>()),
      onFailed: keyOf<'cancel' | 'run'>(),
    },
    {
      key: ['target', 'source'],
      clustered: true,
      indexes: {
        source: { columns: ['source', 'outcome', 'target'] },
        target: { columns: ['target', 'outcome', 'source'] },
      },
    },
  ),
  /** Jobs and batches whose links are to be looked at, since something may have happened to them that has not been followed. */
  pwj_link_looks: table({ source: key(), at: time() }, { key: ['source'], indexes: { at: { columns: ['at'] } } }),
  /** Types of which a job has ever been a source: their jobs are followed. */
  pwj_linked_types: table({ type: key() }, { key: ['type'] }),
  pwj_batches: table(
    {
      id: key(),
      name: key(),
      /** The plugin that added it, or null for the application; its callbacks belong to it, too. */
      plugin: orNull(key()),
      data: text(),
      /** The jobs to add at its end, as JSON, with the ids of those that were added. */
      callbacks: text(),
      /** 1: its jobs wait until it is closed. */
      startsClosed: int(),
      closed: int(),
      createdAt: time(),
      /** Null until it has ended and its callbacks were added. */
      endedAt: orNull(time()),
      /** Of its jobs by outcome when it ended, as JSON. */
      counts: orNull(text()),
      /** Why a callback could not be added yet. */
      error: orNull(text()),
      /** What is being done to all its jobs, as JSON. */
      task: orNull(text()),
    },
    { key: ['id'], indexes: { ended: { columns: ['endedAt', 'id'] } } },
  ),
  /** One row per commit: all events of that transaction, in order. */
  pwj_events: table(
    {
      seq: counter(),
      at: time(),
      node: key(),
      /** The names of the events and topics, each once, for readers that need no more. */
      kinds: key(),
      events: text(),
    },
    { key: ['seq'] },
  ),
  /** Jobs per state and type; kept current by the transactions that move them. */
  pwj_counts: table(
    {
      state: key(),
      type: key(),
      /** Processes on one server use different rows, so that they do not wait for each other; the sum is the count. */
      shard: int(),
      n: time(),
    },
    { key: ['state', 'type', 'shard'], clustered: true },
  ),
  /** Completed attempts and their total time, per type. */
  pwj_totals: table(
    { type: key(), shard: int(), runs: time(), runMs: time() },
    { key: ['type', 'shard'], clustered: true },
  ),
  pwj_schedules: table(
    {
      /** `plugin/name`, or only the name for the application. */
      key: key(),
      plugin: orNull(key()),
      name: key(),
      pattern: key(),
      timezone: key(),
      job: text(),
      missed: key(),
      /** 1: declared by a plugin at every start, and removed once it no longer is. */
      declared: int(),
      paused: int(),
      nextAt: orNull(time()),
      lastAt: orNull(time()),
      lastJob: orNull(key()),
      createdAt: time(),
      /** The version of the type that checked the job's data; null if the type was not registered then. */
      dataVersion: orNull(int()),
    },
    { key: ['key'] },
  ),
  /** One row per run of a schedule, so that a tick adds one job on any number of nodes. */
  pwj_ticks: table(
    { schedule: key(), tick: time(), jobId: key() },
    { key: ['schedule', 'tick'], clustered: true, indexes: { tick: { columns: ['tick'] } } },
  ),
  pwj_types: table(
    {
      type: key(),
      /** Empty for the application. */
      plugin: key(),
      /** The owner's options for it, as JSON: limits, and what is secret, for jobs that are there while it is off or gone. */
      options: text(),
    },
    { key: ['type'] },
  ),
  /** Settings that an administrator stored at run time. */
  pwj_plugins: table(
    {
      name: key(),
      /** 1 on, 0 off, null: as configured. */
      enabled: orNull(int()),
      config: orNull(text()),
    },
    { key: ['name'] },
  ),
  /** Types and plugins whose jobs wait until someone resumes them. */
  pwj_pauses: table(
    {
      kind: keyOf<'type' | 'plugin'>(),
      name: key(),
      since: time(),
      by: orNull(key()),
      /** When it ends by itself; null: when it is resumed. */
      until: orNull(time()),
      reason: orNull(text()),
    },
    { key: ['kind', 'name'], clustered: true },
  ),
  /** The audit log. */
  pwj_log: table(
    { id: counter(), at: time(), user: orNull(key()), action: key(), target: key(), detail: orNull(text()) },
    { key: ['id'] },
  ),
  pwj_nodes: table(
    {
      id: key(),
      host: key(),
      boot: key(),
      namespace: key(),
      pid: int(),
      processStarted: key(),
      startedAt: time(),
      heartbeatAt: time(),
      /** What it is and does, as JSON. */
      about: text(),
    },
    { key: ['id'] },
  ),
  pwj_migrations: table({ scope: key(), name: key(), at: time() }, { key: ['scope', 'name'] }),
  pwj_meta: table({ key: key(), value: text() }, { key: ['key'] }),
};

type TableName = keyof typeof TABLES;
type ColumnsIn<T extends TableName> = (typeof TABLES)[T]['columns'];
type NameIn<T extends TableName> = keyof ColumnsIn<T> & string;

/** A row by the names of its columns here: `createdAt`. */
export type Row<T extends TableName> = ValuesOf<ColumnsIn<T>>;

/** `createdAt` is `created_at` in the database. */
type Stored<S extends string> = S extends `${infer Letter}${infer Rest}`
  ? `${Letter extends Lowercase<Letter> ? Letter : `_${Lowercase<Letter>}`}${Stored<Rest>}`
  : S;

type StoredColumns<C extends Columns> = {
  [N in keyof C & string as Stored<N>]: C[N] extends Column<infer T, 'counter'>
    ? Generated<T>
    : C[N] extends Column<infer T>
      ? T
      : never;
};

export type JobsTable = Omit<StoredColumns<typeof JOB>, 'state'> & {
  /** Only `withState` can update it. */
  state: ColumnType<StoredState, StoredState, never>;
};

/** The tables as Kysely types. */
export type Database = {
  [T in Exclude<TableName, 'pwj_jobs'>]: StoredColumns<ColumnsIn<T>>;
} & { pwj_jobs: JobsTable };

/** The name of a column in the database. */
export const columnName = <S extends string>(name: S): Stored<S> =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`) as Stored<S>;

type Selected<S extends string> = S extends Stored<S> ? S : `${Stored<S>} as ${S}`;

/** Columns to select by the names that they have here. */
export const selected = <S extends string>(names: readonly S[]): Selected<S>[] =>
  names.map((name) => (columnName(name) === name ? name : `${columnName(name)} as ${name}`) as Selected<S>);

/** The names of a table's columns. */
export const columnsOf = <T extends TableName>(name: T): NameIn<T>[] =>
  Object.keys(TABLES[name].columns) as NameIn<T>[];

/** Inserts a row. */
export const insertRow = <T extends TableName, N extends NameIn<T> = NameIn<T>>(
  db: Kysely<Database>,
  into: T,
  row: Pick<Row<T>, N>,
  names: readonly N[] = columnsOf(into) as string[] as N[],
) => db.insertInto(into).values(Object.fromEntries(names.map((name) => [columnName(name), row[name]])) as never);

/** The jobs table with an updatable state: only for the transition, the claim and the settlement. `scripts/boundaries.ts` enforces this. */
export const withState = (db: Kysely<Database>) =>
  db as unknown as Kysely<{ pwj_jobs: Omit<JobsTable, 'state'> & { state: StoredState } }>;
