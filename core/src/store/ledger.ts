// Every write that moves a job goes through here: counts and events are stored in the same transaction, and listeners run after the commit.
import { createHash } from 'node:crypto';
import type { JobEvent } from '@phraseworks/sdk';
import { Clock, pause } from '../kernel/clock.ts';
import { Needing } from '../kernel/container.ts';
import { Identity } from '../kernel/identity.ts';
import { Signal } from '../kernel/signal.ts';
import { Changes, type Moved } from './changes.ts';
import { Dialect, OutcomeUnknown } from './dialect.ts';
import { eventsRow, PER_COMMIT, StoredEvent } from './event-codec.ts';
import { Feed } from './feed.ts';
import type { KeyRules, LinkRules } from './job-writes.ts';
import type { StoredLimits } from './limits.ts';
import type { Tx } from './tx.ts';

/** Rows per count if several processes write: groups of processes times the streams of one process. */
const SHARDS = 8;
const STREAMS = 3;

/** The concurrent transactions of this process; each has its own rows of counts, so that none waits for another. */
export type Stream = 0 | 1 | 2;
/** Milliseconds to check whether a commit with a lost answer is stored. */
const ASK_FOR = 10_000;
const ASK_AGAIN = 250;
/** For a transaction whose answer is lost each time. */
const MOST_RUNS = 4;
/** Characters per row of events. */
const MOST_TEXT = 65_536;

/** Follows the jobs of some types: what their moves bring about is written in the same transaction. */
export interface Follower {
  /** Called for each move of a job. Without it, it follows only what no type decides. */
  concerns?(type: string): boolean;
  /** Follows the ends of all jobs that they do not reach by themselves, and their removal. */
  readonly followsFree?: boolean;
  /** Jobs that moved. What it moves itself is followed next. */
  follow(tx: Tx, changes: Changes, moved: readonly Moved[]): Promise<void>;
}

const hashOf = (node: string): number => createHash('sha256').update(node).digest()[0] ?? 0;

export class Ledger extends Needing<typeof Ledger.needs> {
  static readonly needs = { dialect: Dialect, identity: Identity, clock: Clock };
  readonly dialect = this.needs.dialect;
  readonly node = this.needs.identity.node;
  /** The first row of each count that this process writes. */
  readonly #shard = this.dialect.ordered ? 0 : (hashOf(this.node) % SHARDS) * STREAMS;
  readonly feed = new Feed({ dialect: this.dialect, node: this.node, clock: this.needs.clock });
  /** Emits each stored transaction of this process and its duration in milliseconds. Listeners must not throw. */
  readonly written = new Signal<{ changes: Changes; ms: number }>();
  keys: KeyRules | undefined;
  limits: StoredLimits | undefined;
  links: LinkRules | undefined;
  /** Those who follow jobs. */
  readonly followers: Follower[] = [];
  /** Emits the error of each transaction that was not stored. Listeners must not throw. */
  readonly failed = new Signal<unknown>();

  /** Throws `INVALID_STATE` if the caller is in a transaction, for which it would wait. */
  async transact<T>(work: (tx: Tx, changes: Changes) => Promise<T>, stream: Stream = 0): Promise<T> {
    this.dialect.inside.refuse('A function that changes the queue was called');
    try {
      return await this.#transact(work, stream);
    } catch (error) {
      this.failed.emit(error);
      throw error;
    }
  }

  async #transact<T>(work: (tx: Tx, changes: Changes) => Promise<T>, stream: Stream): Promise<T> {
    let stored: { seq: number; events: StoredEvent[] }[] = [];
    let at = 0;
    let answer: T | undefined;
    let changes = this.changes();
    const begun = this.needs.clock.now();
    const run = () =>
      this.dialect.transaction(async (tx) => {
        changes = this.changes();
        stored = [];
        answer = await work(tx, changes);
        await this.follow(tx, changes);
        await this.storeCounts(tx, changes, this.dialect.ordered ? 0 : this.#shard + stream);
        // The last write: other processes wait from its number to the commit, so keep that short.
        at = this.needs.clock.now();
        stored = await this.#storeEvents(tx, changes, at);
      });
    let lost: { commitProbe: string; answer: T } | undefined;
    for (let runs = 1; ; runs += 1) {
      try {
        await run();
        // The lost commit became visible between the check and this run, so there was nothing left to store.
        if (lost && changes.commitProbe === null && (await this.#isStored(lost.commitProbe))) answer = lost.answer;
        break;
      } catch (error) {
        if (lost && this.dialect.isDuplicate(error) && (await this.#isStored(lost.commitProbe))) {
          answer = lost.answer;
          break;
        }
        if (!(error instanceof OutcomeUnknown) || runs >= MOST_RUNS) throw error;
        const seq = stored[0]?.seq;
        if (seq === undefined && changes.commitProbe !== null) {
          const { commitProbe } = changes;
          lost ??= { commitProbe, answer: answer as T };
          if (!(await this.#answered(() => this.#isStored(commitProbe), error))) continue;
          answer = lost.answer;
          break;
        }
        // A transaction without its own row has written nothing that must not be written twice.
        if (seq !== undefined && (await this.#answered(() => this.#isThere(seq, at), error))) break;
      }
    }
    this.written.emit({ changes, ms: this.needs.clock.now() - begun });
    for (const run of changes.afterCommit) run();
    // Only now can others claim the returned jobs, so drop what was cached about the types.
    if (changes.topics.has('jobs')) this.dialect.statements.rewindClaims('returned');
    try {
      for (const batch of stored) {
        const hearing = this.feed.deliverOwn(batch.seq, batch.events);
        if (hearing) await hearing;
      }
    } catch {
      // The commit is done, even if nothing can be read now: the next one delivers the missed events.
    }
    return answer as T;
  }

  /**
   * Checks whether the commit with the lost answer is stored: inserts a row with its number, which waits for the lost transaction and
   * succeeds only if that was rolled back, which is then final.
   */
  async #isThere(seq: number, at: number): Promise<boolean> {
    const { dialect, node } = this;
    const plug = { seq, at, node: '', kinds: '', events: '[]' };
    try {
      await dialect.transaction(({ db }) => db.insertInto('pwj_events').values(plug).execute());
      return false;
    } catch (error) {
      if (!dialect.isDuplicate(error)) throw error;
    }
    const query = dialect.reader.selectFrom('pwj_events').select(['node', 'at']).where('seq', '=', seq);
    const there = await query.executeTakeFirst();
    return there?.node === node && there.at === at;
  }

  /** Waits for a transaction that is inserting this job; a later one fails on the same id. */
  async #isStored(jobId: string): Promise<boolean> {
    return this.dialect.transaction(async (tx) => {
      const job = tx.db.selectFrom('pwj_jobs').select('id').where('id', '=', jobId);
      return (await tx.locked(job).executeTakeFirst()) !== undefined;
    });
  }

  /** Asks until the database answers. Throws `lost` if it does not in time. */
  async #answered(ask: () => Promise<boolean>, lost: OutcomeUnknown): Promise<boolean> {
    const until = this.needs.clock.now() + ASK_FOR;
    for (;;) {
      try {
        return await ask();
      } catch {
        if (this.needs.clock.now() >= until) throw lost;
        await pause(this.needs.clock, ASK_AGAIN);
      }
    }
  }

  changes(): Changes {
    return new Changes((type) => this.followers.some((follower) => follower.concerns?.(type)));
  }

  /** Call before what changed is stored. Followers also hear of the moves that they or others make meanwhile. */
  async follow(tx: Tx, changes: Changes): Promise<void> {
    while (changes.followed.length > 0) {
      const moved = changes.followed.splice(0);
      for (const follower of this.followers) {
        const concerned = moved.filter(
          ({ type, closes, waits, isFree }) =>
            closes !== undefined ||
            waits !== undefined ||
            (isFree && follower.followsFree) ||
            follower.concerns?.(type),
        );
        if (concerned.length > 0) await follower.follow(tx, changes, concerned);
      }
    }
  }

  /** `shard`: the rows of the counts of jobs. */
  async storeCounts(tx: Tx, changes: Changes, shard: number): Promise<void> {
    const { statements } = this.dialect;
    const counts = changes.counts(shard);
    if (counts.length > 0) await tx.insertAll(statements.count, counts);
    if (changes.totals.size > 0) {
      const totals = [...changes.totals].map(([type, total]) => ({ type, shard: this.#shard, ...total }));
      await tx.insertAll(
        statements.total,
        totals.sort((a, b) => (a.type < b.type ? -1 : 1)),
      );
    }
  }

  async #storeEvents(tx: Tx, changes: Changes, at: number): Promise<{ seq: number; events: StoredEvent[] }[]> {
    const { events } = changes;
    const insertEvents = this.dialect.statements.events;
    const topics = [...changes.topics];
    const stored: { seq: number; events: StoredEvent[] }[] = [];
    const insert = async (part: readonly JobEvent[], more: typeof topics): Promise<void> => {
      const row = eventsRow(at, this.node, part, more);
      // Clients that catch up read whole rows, so large results must not make them huge.
      if (row.events.length > MOST_TEXT && part.length > 1 && changes.commitProbe === null) {
        const half = part.length >> 1;
        await insert(part.slice(0, half), more);
        await insert(part.slice(half), []);
        return;
      }
      const last = changes.commitProbe !== null && events.length <= PER_COMMIT;
      const seq = await (last ? tx.insertLast(insertEvents, row) : tx.insert(insertEvents, row));
      stored.push({ seq, events: part.map((event, i) => new StoredEvent(seq * PER_COMMIT + i, event)) });
    };
    if (events.length === 0 && topics.length > 0) await insert([], topics);
    for (let from = 0; from < events.length; from += PER_COMMIT) {
      const part = events.slice(from, from + PER_COMMIT);
      await insert(part, from === 0 ? topics : []);
    }
    return stored;
  }
}
