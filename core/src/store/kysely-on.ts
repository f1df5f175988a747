// Kysely on connections that we lend: an engine says how its statements are written, and each instance where its connection comes from.
import {
  type ConnectionProvider,
  type DatabaseConnection,
  type DatabaseIntrospector,
  DefaultQueryExecutor,
  type DialectAdapter,
  type Driver,
  Kysely,
  type QueryCompiler,
} from 'kysely';
import type { Database } from './schema.ts';

/** How an engine writes its statements. */
export interface Language {
  adapter: DialectAdapter;
  compiler: QueryCompiler;
  // biome-ignore lint/suspicious/noExplicitAny: of any tables
  introspector(db: Kysely<any>): DatabaseIntrospector;
}

/** A connection on which Kysely may begin transactions. */
export interface TransactionalConnection extends DatabaseConnection {
  begin(): Promise<void>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

export function kyselyOn(
  { adapter, compiler, introspector }: Language,
  provideConnection: ConnectionProvider['provideConnection'],
): Kysely<Database> {
  const dialect = {
    createDriver: () => driver,
    createAdapter: () => adapter,
    createIntrospector: introspector,
    createQueryCompiler: () => compiler,
  };
  const executor = new DefaultQueryExecutor(compiler, adapter, { provideConnection });
  return new Kysely({ config: { dialect }, dialect, driver, executor });
}

/** Kysely calls it with the connections that were lent. */
const driver: Driver = {
  init: async () => {},
  acquireConnection: async (): Promise<never> => {
    throw new Error('connections are lent');
  },
  beginTransaction: (connection) => {
    if (!('begin' in connection)) throw new Error('nested transactions are not supported');
    return (connection as TransactionalConnection).begin();
  },
  commitTransaction: (connection) => (connection as TransactionalConnection).commit(),
  rollbackTransaction: (connection) => (connection as TransactionalConnection).rollback(),
  releaseConnection: async () => {},
  // The database is not the caller's to close.
  destroy: async () => {},
};
