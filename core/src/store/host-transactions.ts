// Jobs added inside a transaction of the host or of a plugin: stored and rolled back with it, visible to workers after it.

import { JobsError } from '@phraseworks/sdk';
import type { HostTransaction } from '@phraseworks/sdk/host';
import { CompiledQuery, type DatabaseConnection, type Kysely, type QueryExecutorProvider } from 'kysely';
import type { ClaimToken } from '../job/record.ts';
import { type Cancel, Clock, Random } from '../kernel/clock.ts';
import { Settings } from '../kernel/config.ts';
import { Needing } from '../kernel/container.ts';
import { Log } from '../kernel/logger.ts';
import { Signal } from '../kernel/signal.ts';
import type { Changes } from './changes.ts';
import { eventsRow } from './event-codec.ts';
import { type Added, type Addition, addJobs } from './job-writes.ts';
import { Ledger } from './ledger.ts';
import { instanceOf } from './meta.ts';
import { PluginConnection, PluginDatabases, REPORT_AFTER } from './plugin-database.ts';
import type { Database } from './schema.ts';
import { type KnownKey, mostOf } from './shared-statements.ts';
import type { OpenTransaction } from './transaction-context.ts';
import { type Answer, type Found, Tx } from './tx.ts';

/** Counts of open transactions have their own rows, so that other transactions do not wait for them. */
export const FIRST_OWN_SHARD = 1_000;
const OWN_SHARDS = 2_000_000_000;
/** Milliseconds between two looks whether a transaction of the host has ended: a tenth of the time that it has been open. */
const PART = 10;
const [SHORTEST_LOOK, LONGEST_LOOK] = [2, 1_000];
const SAVEPOINT = 'pwj_add';
const JOINED = 'pwj_joined';

type Given = Partial<HostTransaction> & { isCommitted?: boolean; isRolledBack?: boolean };

/** A transaction that was given with `{ trx }`. */
class GivenTransaction implements OpenTransaction {
  owner = 'the application';
  /** False until it is known to be on this database. */
  isKnown = false;
  isOver = false;
  cancelLook: Cancel | undefined;
  readonly trx: Given;
  /** If a plugin's: the connection that it has. */
  connection: PluginConnection | undefined;

  constructor(trx: Given) {
    this.trx = trx;
  }

  get isOpen(): boolean {
    const { trx, connection } = this;
    if (!this.isKnown || this.isOver || trx.isCommitted || trx.isRolledBack) return false;
    return connection === undefined || (connection.hasConnection && connection.inTransaction && !connection.isEnded);
  }

  get hasConnection(): boolean {
    return this.connection?.hasConnection === true;
  }
}

export class HostTransactions extends Needing<typeof HostTransactions.needs> {
  static readonly needs = {
    ledger: Ledger,
    databases: PluginDatabases,
    clock: Clock,
    random: Random,
    log: Log,
    settings: Settings,
  };
  /** Emitted after each addition. */
  readonly added = new Signal<Changes>();
  /** Emitted when a transaction of the host with jobs has ended. */
  readonly ended = new Signal<void>();
  readonly #given = new WeakMap<object, GivenTransaction>();
  readonly #followed = new Set<GivenTransaction>();

  /** The transaction for jobs that the caller adds: the given one, else the one that the caller is in. From then on, the caller is in the given one. */
  of(trx: unknown): unknown {
    const { current } = this.needs.databases.inside;
    if (trx === undefined) return current;
    // This is the only moment at which a transaction of the host can be seen.
    if (typeof trx === 'object' && trx !== null && !current) this.needs.databases.inside.enter(this.#of(trx));
    return trx;
  }

  /**
   * Null if the caller's transaction has ended meanwhile. Throws `INVALID_DATA` if the value is not a transaction, or one of another database,
   * and `INVALID_STATE` inside `db.connection()`.
   */
  async add(addition: Addition, trx: unknown): Promise<Added | null> {
    const db = await this.#joined(trx, 'addJob() was called');
    return db && this.#add(addition, db);
  }

  /** Changes jobs in the transaction: all of it, or nothing if it throws. Null and errors as with `add`. */
  async change<T>(trx: unknown, call: string, work: (tx: Tx, changes: Changes) => Promise<T>): Promise<T | null> {
    const db = await this.#joined(trx, call);
    return db && this.#write(db, true, work);
  }

  /** Statements in the transaction that the caller is in, if it is that of the attempt with this claim. They leave its job unlocked, since heartbeats would wait for it. */
  ofAttempt(claim: ClaimToken): Tx | null {
    const { inside, joined } = this.needs.databases;
    const { current } = inside;
    if (!(current instanceof PluginConnection) || current.claim !== claim) return null;
    return new KyselyTx(joined, { careful: true, rowLocks: false });
  }

  /** Where statements join this transaction, in which jobs change; null if it has ended. */
  async #joined(trx: unknown, call: string): Promise<Kysely<Database> | null> {
    const { databases } = this.needs;
    if (trx instanceof PluginConnection) {
      if (!trx.isOpen) return null;
      if (!trx.inTransaction) databases.inside.refuse(call);
      trx.hasJobs = true;
      return databases.joined;
    }
    const given = await this.#known(trx);
    if (given === null) return null;
    if (given.connection) given.connection.hasJobs = true;
    else this.#follow(given);
    return databaseOf(given);
  }

  /**
   * Runs `work` in the transaction `trx`, or in one of its own if the caller has none. If it throws, what it stored is undone. `db` is for
   * statements in it. `isOpen`: the transaction is the caller's, who has yet to commit it. Throws like `add`.
   */
  async within<T>(
    given: unknown,
    // biome-ignore lint/suspicious/noExplicitAny: plugins have tables of their own
    work: (db: Kysely<any>, trx: unknown) => Promise<T>,
  ): Promise<{ answer: T; isOpen: boolean }> {
    const { databases } = this.needs;
    const ofPlugin = given instanceof PluginConnection && given.isOpen;
    if (ofPlugin && !given.inTransaction) this.needs.databases.inside.refuse('addJob() was called');
    const ofHost = given === undefined || given instanceof PluginConnection ? null : await this.#known(given);
    if (!ofPlugin && !ofHost) {
      const answer = await databases.joined
        .transaction()
        .execute(async (db) => work(db, this.needs.databases.inside.current));
      return { answer, isOpen: false };
    }
    const db = ofHost ? databases.on(databaseOf(ofHost)) : databases.joined;
    return { answer: await wholly(db, JOINED, () => work(db, given)), isOpen: true };
  }

  /** Stops looking whether transactions of the host have ended. */
  stop(): void {
    for (const given of this.#followed) given.cancelLook?.();
    this.#followed.clear();
  }

  async #add(addition: Addition, db: Kysely<Database>): Promise<Added> {
    const { ledger, clock, settings } = this.needs;
    const { dialect, keys, limits, links } = ledger;
    const now = clock.now();
    // A server shows a key that another transaction is adding only when this one inserts it.
    const mayMeet = dialect.rowLocks && addition.records.some(({ idempotencyKey }) => idempotencyKey !== null);
    const insert = (known?: ReadonlyMap<string, KnownKey>): Promise<Added> =>
      this.#write(db, mayMeet && !known, async (tx, changes) => {
        const how = { most: mostOf(settings), now, keys, limits, links, ...(known ? { known } : {}) };
        return (await addJobs(tx, dialect.statements, changes, [addition], how)).added[0] as Added;
      });
    return insert().catch(async (error: unknown) => {
      if (!mayMeet || !dialect.isDuplicate(error)) throw error;
      return insert(await this.#committed(addition));
    });
  }

  /** `isWhole`: all of it or nothing. */
  async #write<T>(db: Kysely<Database>, isWhole: boolean, work: (tx: Tx, changes: Changes) => Promise<T>): Promise<T> {
    const { ledger, clock, random } = this.needs;
    const { rowLocks, ordered, statements } = ledger.dialect;
    const tx = new KyselyTx(db, { careful: true, rowLocks });
    const changes = ledger.changes();
    const write = async (): Promise<T> => {
      const answer = await work(tx, changes);
      await ledger.follow(tx, changes);
      const shard = ordered ? 0 : FIRST_OWN_SHARD + Math.floor(random.fraction() * OWN_SHARDS);
      await ledger.storeCounts(tx, changes, shard);
      const { events, topics } = changes;
      // Without this process's name, so that it treats the change as another process's.
      if (events.length + topics.size > 0)
        await tx.insert(statements.events, eventsRow(clock.now(), '', events, [...topics]));
      return answer;
    };
    const answer = await (isWhole ? wholly(db, SAVEPOINT, write) : write());
    this.added.emit(changes);
    return answer;
  }

  /** Jobs with these keys that others have committed: the snapshot of this transaction may be older. */
  async #committed({ records }: Addition): Promise<ReadonlyMap<string, KnownKey>> {
    const keys = records.flatMap(({ idempotencyKey }) => idempotencyKey ?? []);
    const rows = await this.needs.ledger.dialect.reader
      .selectFrom('pwj_jobs')
      .select(['idempotency_key as key', 'id', 'fingerprint'])
      .where('idempotency_key', 'in', keys)
      .execute();
    return new Map(rows.map(({ key, id, fingerprint }) => [key as string, { id, fingerprint }]));
  }

  /** A transaction of the host. Null if the caller's has ended meanwhile. */
  async #known(trx: unknown): Promise<GivenTransaction | null> {
    const isJoined = trx instanceof GivenTransaction;
    const given = isJoined ? trx : this.#of(this.#checked(trx));
    if (isJoined && (await this.#isOver(given))) return null;
    if (!given.isKnown) await this.#know(given, databaseOf(given));
    return given;
  }

  #of(trx: object): GivenTransaction {
    const known = this.#given.get(trx);
    if (known) return known;
    const made = new GivenTransaction(trx as Given);
    this.#given.set(trx, made);
    return made;
  }

  #checked(trx: unknown): object {
    const given = trx as Given | null;
    if (given?.isTransaction !== true || typeof given.withoutPlugins !== 'function')
      throw refused('must be an open transaction of Kysely');
    return given;
  }

  /** Is it on this database, and is it a plugin's? */
  async #know(given: GivenTransaction, db: Kysely<Database>): Promise<void> {
    const connection = await connectionOf(db);
    if (connection instanceof PluginConnection) {
      given.connection = connection;
      given.owner = connection.owner;
    } else {
      const own = await instanceOf(this.needs.ledger.dialect.reader);
      const theirs = await instanceOf(db).catch(() => undefined);
      if (own === undefined || theirs !== own)
        throw refused('is a transaction on a different database: use one on the database of the setting `database`');
    }
    given.isKnown = true;
  }

  /** The commit of the host cannot be seen, so look again and again whether its transaction is still open. */
  #follow(given: GivenTransaction): void {
    if (this.#followed.has(given)) return;
    this.#followed.add(given);
    const { clock, log } = this.needs;
    const since = clock.now();
    let isReported = false;
    const look = async (): Promise<void> => {
      if (await this.#isOver(given)) {
        this.#followed.delete(given);
        this.ended.emit();
        return;
      }
      if (!this.#followed.has(given)) return;
      if (!isReported && clock.now() - since >= REPORT_AFTER) {
        isReported = true;
        log.warn(
          `A transaction of the application, to which it added jobs, has been open for ${REPORT_AFTER / 1_000} s. Others may have to wait for it. Only the application can end it.`,
        );
      }
      next();
    };
    const next = (): void => {
      const wait = Math.min(Math.max((clock.now() - since) / PART, SHORTEST_LOOK), LONGEST_LOOK);
      given.cancelLook = clock.after(wait, () => void look());
    };
    next();
  }

  async #isOver(given: GivenTransaction): Promise<boolean> {
    if (given.isOpen && !given.connection) given.isOver = (await connectionOf(given.trx)) === undefined;
    return !given.isOpen;
  }
}

/** All of `work`, or nothing of it if it throws. */
async function wholly<T>(db: Kysely<Database>, savepoint: string, work: () => Promise<T>): Promise<T> {
  const say = (text: string) => db.executeQuery(CompiledQuery.raw(`${text} ${savepoint}`));
  await say('savepoint');
  try {
    const answer = await work();
    await say('release savepoint');
    return answer;
  } catch (error) {
    // If this fails, the transaction has ended, and all of it is undone.
    await say('rollback to savepoint').catch(() => {});
    throw error;
  }
}

const databaseOf = ({ trx }: GivenTransaction): Kysely<Database> =>
  (trx as HostTransaction).withoutPlugins() as Kysely<Database>;

/** Undefined if the transaction has ended: Kysely then refuses its connection. Sends nothing to the database. */
const connectionOf = async (trx: unknown): Promise<DatabaseConnection | undefined> => {
  try {
    return await (trx as QueryExecutorProvider).getExecutor().provideConnection(async (connection) => connection);
  } catch {
    return undefined;
  }
};

const refused = (message: string): JobsError =>
  new JobsError('INVALID_DATA', `trx ${message}`, { errors: [{ path: 'trx', message }] });

/** Statements inside a transaction of the host, which cannot be rolled back and repeated. */
class KyselyTx extends Tx {
  async text(sql: string, values: readonly unknown[]): Promise<Answer> {
    const done = await this.db.executeQuery<Found>(CompiledQuery.raw(sql, [...values]));
    return { rows: done.rows, affected: Number(done.numAffectedRows ?? 0n), insertId: Number(done.insertId ?? 0n) };
  }
}
