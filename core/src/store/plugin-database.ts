// The database as a plugin sees it (`ctx.db`). What runs inside its transaction joins the transaction; one that stays open is reported and then ended.
import { JobsError } from '@phraseworks/sdk';
import {
  CompiledQuery,
  type DatabaseConnection,
  type Kysely,
  type QueryExecutorProvider,
  type QueryResult,
} from 'kysely';
import type { ClaimToken } from '../job/record.ts';
import type { Cancel, Clock } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import { Signal } from '../kernel/signal.ts';
import type { Dialect } from './dialect.ts';
import { kyselyOn, type TransactionalConnection } from './kysely-on.ts';
import type { Database } from './schema.ts';
import type { OpenTransaction, TransactionContext } from './transaction-context.ts';

/** Milliseconds until an open transaction is reported. */
export const REPORT_AFTER = 3_000;
/** Until it is ended: before those who wait for its locks give up, and before the leases of running jobs expire. */
const END_AFTER = 8_000;

const seconds = (ms: number): string => `${ms / 1_000} s`;
const ignore = (): void => {};

interface PluginDatabasesNeeds {
  dialect: Dialect;
  clock: Clock;
  log: Logger;
  /** The attempt whose processor the caller is in. */
  attempt: () => object | undefined;
}

export class PluginDatabases {
  /** Emits after a transaction with jobs has ended. Listeners must not throw. */
  readonly ended = new Signal<void>();
  /** Statements in the transaction that the caller is in. */
  readonly joined: Kysely<Database>;
  readonly #needs: PluginDatabasesNeeds;
  readonly #open = new Set<PluginConnection>();

  constructor(needs: PluginDatabasesNeeds) {
    this.#needs = needs;
    this.joined = this.#of('a job that is added');
  }

  get inside(): TransactionContext {
    return this.#needs.dialect.inside;
  }

  // biome-ignore lint/suspicious/noExplicitAny: each plugin has tables of its own
  of(plugin: string | null): Kysely<any> {
    return this.#of(plugin === null ? 'the application' : `the plugin "${plugin}"`);
  }

  #of(owner: string): Kysely<Database> {
    return kyselyOn(this.#needs.dialect.language, (consumer) => this.#provide(owner, consumer));
  }

  /** The same statements on the connection of an open transaction of the host. */
  // biome-ignore lint/suspicious/noExplicitAny: each plugin has tables of its own
  on(trx: QueryExecutorProvider): Kysely<any> {
    return kyselyOn(this.#needs.dialect.language, (consumer) => trx.getExecutor().provideConnection(consumer));
  }

  /** Rolls back the open transactions of this attempt, or all of them. */
  end(why: string, attempt?: object): void {
    for (const one of this.#open) if (attempt === undefined || one.attempt === attempt) one.end(why);
  }

  async #provide<T>(owner: string, consumer: (connection: DatabaseConnection) => Promise<T>): Promise<T> {
    const { dialect, attempt } = this.#needs;
    const outer = dialect.inside.current;
    if (outer instanceof PluginConnection) return consumer(outer);
    let answer: Promise<T> | undefined;
    await dialect.db.getExecutor().provideConnection(async (connection) => {
      const one = new PluginConnection(connection, owner, attempt(), { ...this.#needs, ended: this.ended });
      this.#open.add(one);
      answer = dialect.inside.run(one, async () => consumer(one));
      void answer.then(ignore, ignore).then(() => {
        this.#open.delete(one);
        one.close();
      });
      await one.left;
    });
    return answer as Promise<T>;
  }
}

/** A connection while a plugin uses it: for one statement, for a transaction, or for as long as `db.connection()` lasts. */
export class PluginConnection implements TransactionalConnection, OpenTransaction {
  readonly owner: string;
  readonly attempt: object | undefined;
  /** Resolves when the connection may be given to the next caller. */
  readonly left: Promise<void>;
  /** Between begin and commit. */
  inTransaction = false;
  isOpen = true;
  hasConnection = true;
  /** Set when jobs were added or changed in it. */
  hasJobs = false;
  /** Of the attempt whose `job.transaction()` it is. */
  claim: ClaimToken | undefined;
  readonly #inner: DatabaseConnection;
  readonly #needs: PluginDatabasesNeeds & { ended: Signal<void> };
  #leave: () => void = ignore;
  #running = 0;
  #refusal: JobsError | undefined;
  #timer: Cancel;

  constructor(
    inner: DatabaseConnection,
    owner: string,
    attempt: object | undefined,
    needs: PluginDatabasesNeeds & { ended: Signal<void> },
  ) {
    this.#inner = inner;
    this.owner = owner;
    this.attempt = attempt;
    this.#needs = needs;
    this.left = new Promise((resolve) => {
      this.#leave = () => {
        this.hasConnection = false;
        resolve();
      };
    });
    this.#timer = needs.clock.after(REPORT_AFTER, () => this.#report());
  }

  /** It was or will be rolled back, whatever its code still does. */
  get isEnded(): boolean {
    return this.#refusal !== undefined;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    if (this.#refusal) throw this.#refusal;
    this.#running += 1;
    try {
      return await this.#inner.executeQuery<R>(query);
    } catch (error) {
      throw this.#refusal ?? error;
    } finally {
      this.#running -= 1;
      if (this.#refusal && this.#running === 0) this.#rollBack();
    }
  }

  /** Reads all rows first: a stream that kept the connection would make its reader wait for itself. */
  async *streamQuery<R>(query: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
    const answer = await this.executeQuery<R>(query);
    if (this.#needs.dialect.inside.current !== this) this.#leave();
    yield answer;
  }

  async begin(): Promise<void> {
    const { dialect, clock } = this.#needs;
    if (this.inTransaction)
      throw new JobsError(
        'INVALID_STATE',
        `transaction() inside an open transaction of ${this.owner}: use that one (ctx.db inside it is part of it), or begin yours after it.`,
      );
    await this.executeQuery(CompiledQuery.raw(dialect.begin));
    this.inTransaction = true;
    // It does not count how long it waited for others.
    this.#timer();
    this.#timer = clock.after(REPORT_AFTER, () => this.#report());
  }

  async commit(): Promise<void> {
    try {
      await this.executeQuery(CompiledQuery.raw('commit'));
      this.inTransaction = false;
    } finally {
      if (this.hasJobs) this.#needs.ended.emit();
    }
  }

  /** An error here would hide the one that led to it: the database may have rolled back by itself, or be gone. */
  async rollback(): Promise<void> {
    await this.executeQuery(CompiledQuery.raw('rollback')).catch(ignore);
    this.inTransaction = false;
  }

  /** Rolls it back now; statements that follow fail. */
  end(why: string): void {
    if (this.#refusal || !this.isOpen) return;
    this.#refusal = new JobsError('INVALID_STATE', `The transaction of ${this.owner} was rolled back: ${why}.`);
    if (this.#running === 0) this.#rollBack();
  }

  /** The caller has finished. */
  close(): void {
    this.isOpen = false;
    this.#timer();
    if (!this.#refusal) this.#leave();
  }

  #rollBack(): void {
    void this.#inner.executeQuery(CompiledQuery.raw('rollback')).catch(ignore).then(this.#leave);
  }

  #report(): void {
    const { clock, log } = this.#needs;
    // The plugin is not to blame for a single statement that waits for the database.
    if (!this.inTransaction && this.#running > 0) {
      this.#timer = clock.after(REPORT_AFTER, () => this.#report());
      return;
    }
    log.warn(
      `A transaction of ${this.owner} has been open for ${seconds(REPORT_AFTER)}. Others may have to wait for it; after ${seconds(END_AFTER)} it is rolled back.`,
    );
    this.#timer = clock.after(END_AFTER - REPORT_AFTER, () => {
      const why = `it was open for ${seconds(END_AFTER)}. Do slow work before or after it`;
      log.error(`The transaction of ${this.owner} was rolled back: ${why}.`);
      this.end(why);
    });
  }
}
