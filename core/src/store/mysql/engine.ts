// MySQL, MariaDB and Galera: connections that write, others that read, and others for plugins.
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { JobsError } from '@phraseworks/sdk';
import { type CompiledQuery, type Kysely, sql } from 'kysely';
import type { ConnectionOptions } from 'mysql2';
import { pause } from '../../kernel/clock.ts';
import { type Dialect, type Engine, type OpenAround, OutcomeUnknown, RunAgain, unusable } from '../dialect.ts';
import { kyselyOn } from '../kysely-on.ts';
import type { Prepared } from '../prepared.ts';
import type { Database } from '../schema.ts';
import { TransactionContext } from '../transaction-context.ts';
import type { Tx } from '../tx.ts';
import { Endpoint, type Mysql } from './connection.ts';
import { inOurWords, isSlow, kindOf, reasonFor } from './errors.ts';
import { columnTypes, languageOf, tableOptions } from './language.ts';
import { underLock } from './lock.ts';
import { Pool } from './pool.ts';
import { askServer, checkHost, type Server, setUpSession } from './server.ts';
import { MysqlTx, type Session, STATEMENT_TIMEOUT } from './session.ts';
import { mysqlStatements } from './statements.ts';
import { isMysqlUrl, type MysqlPlace, placeName, readMysqlUrl, urlsByHost } from './url.ts';

/** Milliseconds to retry a transaction while others conflict. */
const PATIENCE = 10_000;
/** How often to run it in total if connections are lost. */
const MOST_LOST = 2;
/** Milliseconds between retries: doubled each time, plus jitter. */
const SHORTEST_REST = 5;
const LONGEST_REST = 200;
/** Changing a large table takes long. */
const SCHEMA_TIMEOUT = 3_600_000;

/** Milliseconds between two attempts to reach a server that does not answer yet, and between two log lines about it. */
const TRY_AGAIN = 1_000;
const SAY_AGAIN = 30_000;

async function load(): Promise<Mysql> {
  try {
    return await import('mysql2');
  } catch (cause) {
    throw unusable('MySQL and MariaDB need the package mysql2: npm install mysql2', cause);
  }
}

async function optionsOf(place: MysqlPlace): Promise<ConnectionOptions> {
  const { user, password, database, tls, tlsCa } = place;
  const base: ConnectionOptions = {
    user,
    password,
    database,
    charset: 'utf8mb4',
    flags: ['FOUND_ROWS'],
    supportBigNumbers: true,
    decimalNumbers: true,
    stringifyObjects: true,
    enableKeepAlive: true,
    keepAliveInitialDelay: 10_000,
  };
  if (tls === 'off') return base;
  if (tls === 'unchecked') return { ...base, ssl: { rejectUnauthorized: false } };
  // A private authority is trusted for any host; with a public one, also check the host name.
  if (tlsCa !== null) return { ...base, ssl: { rejectUnauthorized: true, ca: await caOf(tlsCa) } };
  return {
    ...base,
    ssl: { rejectUnauthorized: true, verifyIdentity: place.hosts.every(({ host }) => isIP(host) === 0) },
  };
}

async function caOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw unusable('Cannot read the file with the certificate authority. Setting: database, option tls-ca', cause);
  }
}

const NOW = 'select unix_timestamp(now(3)) * 1000 as ms';

/** Throws `INVALID_CONFIG` if only a person can fix it, and `UNAVAILABLE` while no server answers. */
async function openMysql(url: string, { clock, random, log }: OpenAround): Promise<Dialect> {
  const place = readMysqlUrl(url);
  const endpoint = new Endpoint({ mysql: await load(), place, base: await optionsOf(place), clock });
  let server: Server | undefined;
  const setUp = (autocommit: boolean) => async (session: Session) => {
    server ??= await askServer(async (text) => (await session.query(text)).rows, log);
    if (several) await checkHost(session);
    await setUpSession(session, server, autocommit);
  };
  const several = place.hosts.length > 1;
  const writing = Math.floor(place.connections / 2);
  // Transactions of plugins have their own connections: they may wait for the core, but the core must not wait for them.
  const lent = Math.max(1, Math.floor(place.connections / 4));
  const writers = new Pool({
    endpoint,
    most: writing,
    clock,
    setUp: setUp(false),
    options: { multipleStatements: true },
  });
  const readers = new Pool({ endpoint, most: place.connections - writing - lent, clock, setUp: setUp(true) });
  const plugins = new Pool({ endpoint, most: lent, clock, setUp: setUp(true) });
  await readers.use(async () => {});
  const known = server as unknown as Server;
  const tableEnd = tableOptions(known.collation);
  const language = languageOf(tableEnd);
  /** Statements of plugins, which may keep a connection between them. */
  let inFlight = 0;
  const counted = async <T>(work: () => Promise<T>): Promise<T> => {
    inFlight += 1;
    try {
      return await work();
    } finally {
      inFlight -= 1;
    }
  };
  const db = kyselyOn(language, async (consumer) => {
    const session = await counted(() => plugins.acquire());
    const executeQuery = <R>(query: CompiledQuery) => counted(() => session.executeQuery<R>(query));
    try {
      return await consumer({ executeQuery, streamQuery: (query) => session.streamQuery(query) });
    } finally {
      plugins.release(session);
    }
  });
  const reader = kyselyOn(language, (consumer) => readers.use(consumer));
  const on = (session: Session): Kysely<Database> => {
    session.kysely ??= kyselyOn(language, (consumer) => consumer(session));
    return session.kysely;
  };
  const rest = (tries: number): Promise<void> =>
    pause(clock, Math.min(SHORTEST_REST * 2 ** tries, LONGEST_REST) * (0.5 + random.fraction()));

  /** Reads can be repeated: once on a new connection if the first one turns out to be dead. A slow one would be as slow again. */
  const readText = async (text: string, values: readonly unknown[]) => {
    for (let tries = 1; ; tries += 1) {
      try {
        return await readers.use(async (session) => (await session.query(text, values)).rows);
      } catch (error) {
        if (kindOf(error) !== 'lost' || isSlow(error) || tries >= MOST_LOST) throw inOurWords(error);
      }
    }
  };
  const read = <P, R>(query: Prepared<P, R>, params: P) => readText(query.sql, query.bind(params)) as Promise<R[]>;

  async function run<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    const begun = clock.now();
    let careful = false;
    let lost = 0;
    for (let tries = 0; ; tries += 1) {
      let session: Session | undefined;
      let tx: MysqlTx | undefined;
      try {
        session = await writers.acquire();
        tx = new MysqlTx(on(session), session, careful);
        const value = await work(tx);
        if (!tx.ending) {
          tx.ending = true;
          await session.query('commit');
        }
        writers.release(session);
        return value;
      } catch (error) {
        const kind = error instanceof RunAgain ? 'again' : kindOf(error);
        // If there are other hosts, leave one that cannot work.
        if (session) await letGo(session, kind === 'lost' || (kind === 'away' && several));
        if (tx?.ending && kind === 'lost') throw new OutcomeUnknown(error);
        careful ||= error instanceof RunAgain;
        if (kind === 'lost') lost += 1;
        const anew = kind === 'again' ? Math.abs(clock.now() - begun) < PATIENCE : kind === 'lost' && lost < MOST_LOST;
        if (!anew) throw inOurWords(error);
        if (!(error instanceof RunAgain)) await rest(tries);
      }
    }
  }

  /** After a lock timeout the transaction is still open with its earlier changes. */
  async function letGo(session: Session, lost: boolean): Promise<void> {
    session.forget();
    const isOver = !lost && !session.broken && (await session.query('rollback').catch(() => null)) !== null;
    if (!isOver) endpoint.failed(session);
    writers.release(session);
  }

  /** A reading connection, for statements that may take long. */
  const lendReader = <T>(use: (session: Session) => Promise<T>): Promise<T> =>
    readers.use(async (session) => {
      session.timeout = SCHEMA_TIMEOUT;
      try {
        return await use(session);
      } finally {
        session.timeout = STATEMENT_TIMEOUT;
      }
    });

  return {
    name: 'mysql',
    db,
    reader,
    inside: new TransactionContext(),
    begin: 'start transaction',
    language,
    types: columnTypes,
    statements: mysqlStatements(db, { prepared: read, text: readText }),
    // Without this, a server may walk down the table for the sake of the order.
    jobsAlong: (index) => sql.raw(`pwj_jobs force index (${index})`),
    place: Object.freeze({ engine: 'mysql' as const, url }),
    blocking: false,
    ordered: false,
    rowLocks: true,
    poll: { shortest: 20, longest: 1_500 },
    get inFlight() {
      return inFlight + writers.busy + readers.busy;
    },
    transaction: (work) => counted(() => run(work)),
    read,
    migrating: (work) =>
      counted(async () => {
        const beside = (text: string, values: readonly unknown[]) => run((tx) => tx.text(text, values));
        try {
          return await underLock({ lend: lendReader, beside, tableEnd, clock, log }, (session) => work(on(session)));
        } catch (error) {
          throw inOurWords(error);
        }
      }),
    // Another process may have.
    changedElsewhere: async () => true,
    serverTime: async () => Number((await readText(NOW, []))[0]?.ms),
    timeIn: async (tx) => Number((await tx.text(NOW, [])).rows[0]?.ms),
    isDuplicate: (error) => kindOf(error) === 'duplicate',
    storageReason: reasonFor,
    facts: () => ({
      engine: known.engine,
      version: known.version,
      durability: known.flush === 1 ? 'full' : `relaxed (innodb_flush_log_at_trx_commit is ${known.flush})`,
      location: placeName(place),
    }),
    close: async () => {
      await writers.close();
      await readers.close();
      await plugins.close();
    },
  };
}

async function openPatiently(url: string, around: OpenAround): Promise<Dialect> {
  const { clock, log, patience = 0 } = around;
  const until = clock.now() + patience;
  let said = Number.NEGATIVE_INFINITY;
  for (;;) {
    try {
      return await openMysql(url, around);
    } catch (error) {
      const away = error instanceof JobsError && error.code === 'UNAVAILABLE';
      if (!away || clock.now() >= until) throw error;
      if (clock.now() - said >= SAY_AGAIN) {
        said = clock.now();
        log?.warn(`${error.message} Trying again every second until it answers.`);
      }
      await pause(clock, TRY_AGAIN);
    }
  }
}

export const mysql: Engine = {
  urls: ['mysql://user:password@host:port/database'],
  accepts: isMysqlUrl,
  read: (url) => ({ name: placeName(readMysqlUrl(url)), file: null, hosts: urlsByHost(url) }),
  open: openPatiently,
};
