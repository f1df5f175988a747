// The host's own connection to the database, for jobs that join its transactions.
import type { HostTransaction } from '@phraseworks/sdk/host';
import SQLite from 'better-sqlite3';
import { type Dialect, Kysely, MysqlDialect, SqliteDialect } from 'kysely';
import { createPool } from 'mysql2';

class RolledBack extends Error {}

export class HostDatabase implements AsyncDisposable {
  readonly #url: string;
  #db: Kysely<object> | undefined;

  constructor(url: string) {
    this.#url = url;
  }

  /** Does the work in one transaction; false if it was rolled back. */
  async transaction(commit: boolean, work: (trx: HostTransaction) => Promise<void>): Promise<boolean> {
    this.#db ??= new Kysely<object>({ dialect: dialectOf(this.#url) });
    try {
      await this.#db.transaction().execute(async (trx) => {
        await work(trx as unknown as HostTransaction);
        if (!commit) throw new RolledBack();
      });
      return true;
    } catch (error) {
      if (error instanceof RolledBack) return false;
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#db?.destroy();
  }
}

function dialectOf(url: string): Dialect {
  if (!url.startsWith('sqlite:')) return new MysqlDialect({ pool: createPool(url) });
  const database = new SQLite(url.slice('sqlite:'.length), { timeout: 50 });
  return new SqliteDialect({ database });
}
