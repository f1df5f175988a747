// The database of all sequences, and the host's own connection to it, for jobs that join its transactions.
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostTransaction } from '@phraseworks/sdk/host';
import SQLite from 'better-sqlite3';
import { Kysely, MysqlDialect, SqliteDialect } from 'kysely';
import { createPool } from 'mysql2';
import { dropTestDatabases, onMysql, testDatabase } from '../../testing/src/test-database.ts';
import { folderInMemory } from '../server/memory.ts';

/** Of the tables that begin like those of the job system: what a migration leaves behind. */
const KEPT = ['pwj_migrations', 'pwj_meta'];

class RolledBack extends Error {}

export class SequenceDatabase implements AsyncDisposable {
  readonly url: string;
  readonly #folder: string | null;
  readonly #db: Kysely<Record<string, { seq: number }>>;
  #tables: string[] = [];

  private constructor(url: string, folder: string | null) {
    this.url = url;
    this.#folder = folder;
    const dialect =
      folder === null
        ? new MysqlDialect({ pool: createPool(url) })
        : new SqliteDialect({ database: new SQLite(url.slice('sqlite:'.length), { timeout: 50 }) });
    this.#db = new Kysely({ dialect });
  }

  static async open(): Promise<SequenceDatabase> {
    if (onMysql()) return new SequenceDatabase(await testDatabase(), null);
    const folder = await mkdtemp(join(folderInMemory(), 'pwj-model-'));
    return new SequenceDatabase(`sqlite:${join(folder, 'jobs.db')}`, folder);
  }

  /** As it was before its first site: making a new one takes longer than most sequences. */
  async empty(): Promise<void> {
    if (this.#tables.length === 0) {
      const tables = (await this.#db.introspection.getTables()).map(({ name }) => name);
      this.#tables = tables.filter((name) => name.startsWith('pwj_') && !KEPT.includes(name));
    }
    if (this.#tables.length > 0)
      await this.#db.transaction().execute(async (trx) => {
        const { newest } = await trx
          .selectFrom('pwj_events')
          .select((e) => e.fn.max('seq').as('newest'))
          .executeTakeFirstOrThrow();
        for (const table of this.#tables) {
          const all = trx.deleteFrom(table);
          // The newest event stays, as it does in life: a number that seems to be left out would be waited for.
          await (table === 'pwj_events' ? all.where('seq', '<', newest) : all).execute();
        }
      });
  }

  /** Does the work in one transaction; false if it was rolled back. */
  async transaction(commit: boolean, work: (trx: HostTransaction) => Promise<void>): Promise<boolean> {
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
    await this.#db.destroy();
    if (this.#folder === null) await dropTestDatabases();
    else await rm(this.#folder, { recursive: true, force: true });
  }
}
