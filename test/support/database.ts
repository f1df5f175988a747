// A database that outlives the processes that open it: a file, or one of its own on the server that the run has started.
import { join } from 'node:path';
import { systemClock, systemRandom } from '../../core/src/kernel/clock.ts';
import type { Dialect } from '../../core/src/store/dialect.ts';
import { connect } from '../../core/src/store/open.ts';
import { onMysql, testDatabase } from '../../testing/src/test-database.ts';
import { temporaryFolder } from './folder.ts';

/** The URL of a new one, removed with the test or the run. */
export async function sharedDatabase(): Promise<string> {
  return onMysql() ? testDatabase() : `sqlite:${join(await temporaryFolder(), 'jobs.db')}`;
}

/** Opens it past the job system. */
async function openPast<T>(database: string, work: (dialect: Dialect) => Promise<T>): Promise<T> {
  const dialect = await connect(database, { clock: systemClock, random: systemRandom });
  try {
    return await work(dialect);
  } finally {
    await dialect.close();
  }
}

const lookInto = <T>(database: string, read: (reader: Dialect['reader']) => Promise<T>): Promise<T> =>
  openPast(database, ({ reader }) => read(reader));

/** Removes all stored events but those of the newest commit, as retention does when they are old. */
export const forgetEvents = (database: string): Promise<unknown> =>
  openPast(database, ({ transaction }) =>
    transaction(async ({ db }) => {
      const { newest } = await db
        .selectFrom('pwj_events')
        .select((e) => e.fn.max('seq').as('newest'))
        .executeTakeFirstOrThrow();
      await db.deleteFrom('pwj_events').where('seq', '<', Number(newest)).execute();
    }),
  );

/** Oldest first. */
export const jobRows = (database: string) =>
  lookInto(database, (reader) =>
    reader
      .selectFrom('pwj_jobs')
      .select(['id', 'state', 'attempt', 'crashes', 'lone_crashes', 'reason', 'error'])
      .orderBy('id')
      .execute(),
  );

/** How many rows each table has. */
export const rowsOfTables = (database: string): Promise<Record<string, number>> =>
  lookInto(database, async (reader) => {
    const tables = await reader.introspection.getTables();
    const rows = tables.map(async ({ name }) => {
      const { n } = await reader
        .selectFrom(name as 'pwj_jobs')
        .select((e) => e.fn.countAll().as('n'))
        .executeTakeFirstOrThrow();
      return [name, Number(n)];
    });
    return Object.fromEntries(await Promise.all(rows));
  });

/** How many connections a server has to this database; 0 for a file. */
export async function connectionsOf(database: string): Promise<number> {
  if (!onMysql()) return 0;
  const { createConnection } = await import('mysql2/promise');
  const connection = await createConnection({ uri: database });
  try {
    const [rows] = await connection.query(
      'select count(*) as n from information_schema.processlist where db = database() and id <> connection_id()',
    );
    return Number((rows as { n: number }[])[0]?.n);
  } finally {
    await connection.end();
  }
}
