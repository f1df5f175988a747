// Jobs that are added inside a transaction of the host: stored and rolled back with it, seen by workers when it is over.

import { type HostTransaction, JobsError } from '@phraseworks/sdk';
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
import type { QueueSize } from './statements.ts';

/** Counts of transactions that are still open are in rows of their own, so that no other transaction waits for them. */
export const FIRST_OWN_SHARD = 1_000;
const OWN_SHARDS = 2_000_000_000;

interface JoinedDeps {
  ledger: Ledger;
  clock: Clock;
  random: Random;
  most: QueueSize;
}

export class Joined {
  /** Something will be there soon: said after each addition, since nothing shows when the host commits. */
  readonly added = new Signal<Changes>();
  readonly #deps: JoinedDeps;
  readonly #insert;
  /** Transactions that were found to be on this database. */
  readonly #known = new WeakSet<object>();

  constructor(deps: JoinedDeps) {
    this.#deps = deps;
    this.#insert = prepare<EventsRow>((p) =>
      deps.ledger.dialect.db
        .insertInto('pwj_events')
        .values({ at: p.at, node: p.node, kinds: p.kinds, events: p.events }),
    );
  }

  /** Throws `INVALID_DATA` for a value that is no transaction, or one of another database. */
  async add(addition: Addition, trx: unknown): Promise<Added> {
    const { ledger, clock, random, most } = this.#deps;
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
    // Without the name of this process, which then hears of it as of the work of another one.
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
    const own = await instanceOf(this.#deps.ledger.dialect.reader);
    const theirs = await instanceOf(db).catch(() => undefined);
    if (own === undefined || theirs !== own)
      throw refused(
        'is a transaction on another database than the jobs: take one on the database of the setting `database`',
      );
    this.#known.add(given);
    return db;
  }
}

const refused = (message: string): JobsError =>
  new JobsError('INVALID_DATA', `trx ${message}`, { errors: [{ path: 'trx', message }] });
