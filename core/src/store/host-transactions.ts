// Jobs added inside a transaction of the host: stored and rolled back with it, visible to workers after it.

import { JobsError } from '@phraseworks/sdk';
import type { HostTransaction } from '@phraseworks/sdk/host';
import type { Kysely } from 'kysely';
import type { Clock, Random } from '../kernel/clock.ts';
import { Signal } from '../kernel/signal.ts';
import { Changes } from './changes.ts';
import { type EventsRow, eventsRow } from './event-codec.ts';
import { KyselyTx } from './host-connections.ts';
import { type Added, type Addition, addJobs } from './job-writes.ts';
import type { Ledger } from './ledger.ts';
import { instanceOf } from './meta.ts';
import { prepare } from './prepared.ts';
import type { Database } from './schema.ts';
import type { QueueSize } from './shared-statements.ts';

/** Counts of open transactions have their own rows, so that other transactions do not wait for them. */
export const FIRST_OWN_SHARD = 1_000;
const OWN_SHARDS = 2_000_000_000;

export class HostTransactions {
  /** Emitted after each addition, since the host's commit itself is not visible. */
  readonly added = new Signal<Changes>();
  readonly #needs;
  readonly #insert;
  /** Transactions already found to be on this database. */
  readonly #known = new WeakSet<object>();

  constructor(needs: {
    ledger: Ledger;
    clock: Clock;
    random: Random;
    most: QueueSize;
  }) {
    this.#needs = needs;
    this.#insert = prepare<EventsRow>((p) =>
      needs.ledger.dialect.db
        .insertInto('pwj_events')
        .values({ at: p.at, node: p.node, kinds: p.kinds, events: p.events }),
    );
  }

  /** Throws `INVALID_DATA` if the value is not a transaction, or one of another database. */
  async add(addition: Addition, trx: unknown): Promise<Added> {
    const { ledger, clock, random, most } = this.#needs;
    const { dialect } = ledger;
    const db = await this.#check(trx);
    const tx = new KyselyTx(db, dialect.rowLocks);
    const changes = new Changes();
    const now = clock.now();
    const {
      added: [added],
    } = await addJobs(tx, dialect.statements, changes, [addition], { most, now });
    const shard = dialect.ordered ? 0 : FIRST_OWN_SHARD + Math.floor(random.fraction() * OWN_SHARDS);
    const counts = changes.counts(shard);
    if (counts.length > 0) await dialect.statements.addCounts(tx, counts);
    // Without this process's name, so that it treats the change as another process's.
    if (changes.events.length > 0) await tx.insert(this.#insert, eventsRow(now, '', changes.events, []));
    this.added.emit(changes);
    return added as Added;
  }

  async #check(trx: unknown): Promise<Kysely<Database>> {
    const given = trx as Partial<HostTransaction> | null;
    if (given?.isTransaction !== true || typeof given.withoutPlugins !== 'function')
      throw refused('must be an open transaction of Kysely');
    const db = given.withoutPlugins() as Kysely<Database>;
    if (this.#known.has(given)) return db;
    const own = await instanceOf(this.#needs.ledger.dialect.reader);
    const theirs = await instanceOf(db).catch(() => undefined);
    if (own === undefined || theirs !== own)
      throw refused('is a transaction on a different database: use one on the database of the setting `database`');
    this.#known.add(given);
    return db;
  }
}

const refused = (message: string): JobsError =>
  new JobsError('INVALID_DATA', `trx ${message}`, { errors: [{ path: 'trx', message }] });
