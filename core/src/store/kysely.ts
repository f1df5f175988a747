// The database of the host, as it holds it: a Kysely instance on SQLite in memory, MySQL or MariaDB.
import { JobsError, type Logger } from '@phraseworks/sdk';
import { CompiledQuery, type Kysely } from 'kysely';
import { type Clock, pause, type Random } from '../kernel/clock.ts';
import { type Dialect, RunAgain, type Tx } from './dialect.ts';
import { KyselyTx } from './kysely-tx.ts';
import { kindOf, reasonFor as mysqlReason, inOurWords as mysqlWords } from './mysql/errors.ts';
import { underLock } from './mysql/lock.ts';
import { type Ask, askServer, mysqlTypes } from './mysql/server.ts';
import { mysqlHot } from './mysql/statements.ts';
import { OutcomeUnknown } from './outcome-unknown.ts';
import type { Prepared } from './prepared.ts';
import type { Database } from './schema.ts';
import { SQLITE_TYPES } from './sqlite/engine.ts';
import { isBusy, reasonFor as sqliteReason, inOurWords as sqliteWords } from './sqlite/errors.ts';
import { sqliteHot } from './sqlite/statements.ts';

/** Runs of one transaction, in all, while others are in its way, and the pause between them, in milliseconds. */
const MOST_RUNS = 8;
const SHORTEST_REST = 5;
const SPREAD = 20;

export interface KyselyAround {
  clock: Clock;
  random: Random;
  log?: Logger | undefined;
}

type Facts = ReturnType<Dialect['facts']>;
type Rows = Record<string, unknown>[];

/** What stays the same for all statements of one engine. */
interface Engine extends Pick<Dialect, 'name' | 'types' | 'ordered' | 'anyCase' | 'poll' | 'isDuplicate'> {
  facts: Facts;
  begin: readonly string[];
  again(error: unknown): boolean;
  words(error: unknown): unknown;
}

/** The file behind a Kysely instance on SQLite; null in memory, undefined where it is another engine. */
export async function sqliteFile(given: Kysely<unknown>): Promise<string | null | undefined> {
  try {
    const { rows } = await given.executeQuery<{ name: string; file: string }>(
      CompiledQuery.raw('pragma database_list'),
    );
    return rows.find(({ name }) => name === 'main')?.file || null;
  } catch {
    return undefined;
  }
}

/** Everything goes through the host's connections. Its owner opens and closes it. */
export async function openKysely(given: Kysely<unknown>, { clock, random, log }: KyselyAround): Promise<Dialect> {
  const db = given.withoutPlugins() as Kysely<Database>;
  const engine = (await sqliteFile(given)) === undefined ? await askMysql(db, log) : await askSqlite(db);
  let inFlight = 0;
  const counted = async <T>(work: () => Promise<T>): Promise<T> => {
    inFlight += 1;
    try {
      return await work();
    } catch (error) {
      throw engine.words(error);
    } finally {
      inFlight -= 1;
    }
  };
  const text = (sql: string, values: readonly unknown[]): Promise<Rows> =>
    counted(async () => (await db.executeQuery<Rows[number]>(CompiledQuery.raw(sql, [...values]))).rows);
  const read = <P, R>(query: Prepared<P, R>, params: P) => text(query.sql, query.bind(params)) as Promise<R[]>;

  /** One run on one connection of the host; the transaction is begun here, since Kysely begins in its own way. */
  const once = <T>(work: (tx: Tx) => Promise<T>): Promise<T> =>
    db.connection().execute(async (connection) => {
      const say = (sql: string) => connection.executeQuery(CompiledQuery.raw(sql));
      for (const sql of engine.begin) await say(sql);
      let committing = false;
      try {
        const value = await work(new KyselyTx(connection, engine.name === 'mysql'));
        committing = true;
        await say('commit');
        return value;
      } catch (error) {
        await say('rollback').catch(() => {});
        if (committing && kindOf(error) === 'lost') throw new OutcomeUnknown(error);
        throw error;
      }
    });

  const transaction = <T>(work: (tx: Tx) => Promise<T>): Promise<T> =>
    counted(async () => {
      for (let runs = 1; ; runs += 1) {
        try {
          return await once(work);
        } catch (error) {
          if (runs >= MOST_RUNS || !(error instanceof RunAgain || engine.again(error))) throw error;
          await pause(clock, SHORTEST_REST + random.fraction() * SPREAD);
        }
      }
    });

  return {
    name: engine.name,
    db,
    reader: db,
    types: engine.types,
    hot: engine.name === 'mysql' ? mysqlHot(db, { prepared: read, text }) : sqliteHot(db, read),
    anyCase: engine.anyCase,
    blocking: engine.name === 'sqlite',
    ordered: engine.ordered,
    poll: engine.poll,
    get inFlight() {
      return inFlight;
    },
    transaction,
    read,
    migrating: (work) =>
      engine.name === 'sqlite'
        ? transaction((tx) => work(tx.db))
        : counted(() =>
            db.connection().execute((connection) => {
              const tx = new KyselyTx(connection, true);
              const query = (sql: string, values: readonly unknown[] = []) => tx.text(sql, values);
              const deps = { query, beside: text, tableEnd: engine.types.table, clock, log };
              return underLock(deps, () => work(connection));
            }),
          ),
    // The host writes on the same connections: its commits look like ours.
    changedElsewhere: async () => true,
    ...(engine.name === 'mysql'
      ? { serverTime: async () => Number((await text('select unix_timestamp(now(3)) * 1000 as ms', []))[0]?.ms) }
      : {}),
    isDuplicate: engine.isDuplicate,
    storageReason: engine.name === 'mysql' ? mysqlReason : sqliteReason,
    facts: () => engine.facts,
    close: async () => {},
  };
}

async function askMysql(db: Kysely<Database>, log: Logger | undefined): Promise<Engine> {
  const ask: Ask = async (sql) => (await db.executeQuery<Rows[number]>(CompiledQuery.raw(sql))).rows;
  const server = await askServer(ask, log).catch((error: unknown) => {
    if (kindOf(error) !== 'other' || error instanceof JobsError) throw mysqlWords(error);
    throw new JobsError(
      'INVALID_CONFIG',
      'The Kysely instance is on an engine that is not known here: SQLite, MySQL and MariaDB are. Setting: database',
      { cause: error },
    );
  });
  return {
    name: 'mysql',
    types: mysqlTypes(server),
    ordered: false,
    anyCase: 'collate utf8mb4_general_ci',
    poll: { shortest: 20, longest: 1_500 },
    begin: ['set transaction isolation level read committed', 'start transaction'],
    again: (error) => kindOf(error) === 'again',
    words: mysqlWords,
    isDuplicate: (error) => kindOf(error) === 'duplicate',
    facts: {
      engine: server.engine,
      version: server.version,
      durability: server.flush === 1 ? 'full' : `relaxed (innodb_flush_log_at_trx_commit is ${server.flush})`,
      location: "the host's own connections",
    },
  };
}

async function askSqlite(db: Kysely<Database>): Promise<Engine> {
  const { rows } = await db.executeQuery<{ v: string }>(CompiledQuery.raw('select sqlite_version() as v'));
  return {
    name: 'sqlite',
    types: SQLITE_TYPES,
    ordered: true,
    anyCase: '',
    poll: { shortest: 500, longest: 500 },
    begin: ['begin immediate'],
    again: isBusy,
    words: sqliteWords,
    isDuplicate: (error) => /UNIQUE constraint failed/.test(String((error as Error)?.message)),
    facts: { engine: 'SQLite', version: rows[0]?.v ?? '', durability: 'memory', location: ':memory:' },
  };
}
