// The feed of commits: every listener receives the events of every commit once and in order, whichever process made it. The ledger
// hands in its own commits and asks for those of others (`catchUp`), which are read from `pwj_events`. Out come events for the
// listeners, pages of past events for clients that reconnect, and news: the names of what others committed, for `queue/wakeup.ts`.
import type { Dispose, JobEvent } from '@phraseworks/sdk';
import type { Kysely } from 'kysely';
import type { Cancel, Clock } from '../kernel/clock.ts';
import type { Dialect } from './dialect.ts';
import { encodeEvents, kindsOf, PER_COMMIT, readBatch, type StoredEvent, type Topic } from './event-codec.ts';
import { Gaps } from './gaps.ts';
import { prepare } from './prepared.ts';
import type { Database, Row } from './schema.ts';

interface FeedRow {
  seq: number;
  node: string;
  /** The names of its events and topics. */
  kinds: string;
  /** Omitted while no listener wants them. */
  events?: string;
}

function feedStatements({ db }: Dialect) {
  const after = (more: readonly 'events'[]) =>
    prepare<{ seq: number; limit: number }, FeedRow>((p) =>
      db
        .selectFrom('pwj_events')
        .select(['seq', 'node', 'kinds', ...more])
        .where('seq', '>', p.seq)
        .orderBy('seq')
        .limit(p.limit),
    );
  return {
    after: after(['events']),
    kindsAfter: after([]),
  };
}

/** The events of a row that says nothing. */
const NOTHING = encodeEvents([]);
/** The most characters of a replayed page with more than one commit. */
const MOST_TEXT = 131_072;
const PAGE = 200;
/** Milliseconds until a missing commit is looked for again. */
const LOOK_AGAIN = 20;

/** The highest id that an event of this commit may have. */
const lastIdOf = (seq: number): number => (seq + 1) * PER_COMMIT - 1;

/** One page of past events. */
export interface PastEvents {
  events: StoredEvent[];
  /** Everything up to this id has been read: the next page starts here. It is the id asked for if nothing newer is stored. */
  upTo: number;
}

/** `upTo` is the highest possible id in this commit; without events if no listener wanted them. */
export type CommitListener = (events: readonly StoredEvent[], upTo: number) => void;

/** The names of events and topics that others have committed. */
export type News = ReadonlySet<JobEvent['event'] | Topic>;

export class Feed {
  readonly #needs;
  /** Each with the function that says whether it wants others' events now. */
  readonly #listeners = new Map<CommitListener, () => boolean>();
  readonly #q: ReturnType<typeof feedStatements>;
  /** The last commit delivered to the listeners. */
  #delivered = -1;
  readonly #gaps = new Gaps();
  /** News collected and not yet fetched. */
  #news = new Set<JobEvent['event'] | Topic>();
  #onNews = (): void => {};
  /** Commits not yet delivered whose news is known. */
  readonly #collected = new Set<number>();
  #retry: Cancel | null = null;

  constructor(needs: { dialect: Dialect; node: string; clock: Clock }) {
    this.#needs = needs;
    this.#q = feedStatements(needs.dialect);
  }

  /**
   * Listeners receive each commit's events once, in order, after it is durable, including those of other processes. They must not throw.
   * While `wanted` returns false for all of them, events of other processes are not read.
   */
  onCommit(listener: CommitListener, wanted: () => boolean = () => true): Dispose {
    this.#listeners.set(listener, wanted);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Called if a commit was found outside `catchUp()`. */
  onNews(tell: () => void): void {
    this.#onNews = tell;
  }

  /** Starts listening at the newest commit. */
  async start(): Promise<void> {
    this.#delivered = (await this.#end('max')) ?? 0;
  }

  stop(): void {
    this.#retry?.();
    this.#retry = null;
  }

  /** Takes a commit of this process. Events of earlier commits by others are delivered first. */
  deliverOwn(seq: number, events: StoredEvent[]): Promise<void> | undefined {
    // The usual case: nothing to wait for.
    if (!this.#retry && (this.#delivered < 0 || seq === this.#delivered + 1)) {
      this.#deliver(seq, events);
      return undefined;
    }
    return this.#deliverAfterEarlier(seq, events);
  }

  async #deliverAfterEarlier(seq: number, events: StoredEvent[]): Promise<void> {
    if (this.#delivered >= 0 && seq > this.#delivered + 1) {
      // While no listener wants them, the next read skips them.
      if (!this.isWanted) return;
      await this.#read();
    }
    // Otherwise it is delivered together with the commit that it waits for.
    if (seq === this.#delivered + 1 || this.#delivered < 0 || this.#needs.dialect.ordered) this.#deliver(seq, events);
    // Later commits may have waited for this one.
    if (this.#retry) await this.#read();
  }

  /** Delivers everything committed since; returns the news from other processes. */
  async catchUp(): Promise<News> {
    await this.#read(() => {});
    const news = this.#news;
    this.#news = new Set();
    const { statements } = this.#needs.dialect;
    if (news.has('jobs')) statements.rewindClaims('returned');
    else if (news.has('job_added') || news.has('job_retry')) statements.rewindClaims('added');
    return news;
  }

  /** News found on the way is kept until someone fetches it. */
  async #read(tell = this.#onNews): Promise<void> {
    if (this.#delivered < 0) return;
    try {
      await this.#renumberLate();
      await this.#readNew();
    } finally {
      if (this.#news.size > 0) tell();
    }
  }

  async #readNew(): Promise<void> {
    for (;;) {
      const withEvents = this.isWanted;
      const query = withEvents ? this.#q.after : this.#q.kindsAfter;
      const rows: FeedRow[] = await this.#needs.dialect.read(query, { seq: this.#delivered, limit: PAGE });
      // A listener joined while these were read without their events.
      if (!withEvents && this.isWanted) continue;
      this.#gaps.saw(rows.at(-1)?.seq ?? this.#delivered, this.#needs.clock.now());
      // News needs no order: read commits after an unfinished one immediately.
      for (const row of rows) this.#collectNewsOnce(row);
      for (const row of rows) {
        if (this.#mustWait(row.seq)) {
          this.#readLater();
          return;
        }
        this.#deliver(row.seq, readBatch(row));
      }
      if (rows.length < PAGE) return;
      // For a long backlog, yield to the event loop between pages.
      await new Promise<void>((resolve) => this.#needs.clock.soon(resolve));
    }
  }

  /** The events above `since`, oldest first, of at most `limit` commits with events; null if some of them were already removed. */
  async since(since: number, limit: number): Promise<PastEvents | null> {
    // The commit of `since` must still exist, since the rest of its events may be missing. Pruning keeps the newest one.
    const commit = Math.floor(since / PER_COMMIT);
    const oldest = (await this.#end('min')) ?? 1;
    if (oldest > Math.max(commit, 1)) return null;
    const frontier = await this.#frontier();
    const events: StoredEvent[] = [];
    let upTo = since;
    let text = 0;
    // Two rows first: if commits are large, more would be read in vain. Many commits have no events, so this counts only those that do.
    for (let at = commit - 1, left = limit, next = 2, seen = 0; left > 0 && seen < PAGE; next = left) {
      const most = Math.min(next, left);
      const rows = await this.#needs.dialect.read(this.#q.after, { seq: at, limit: most });
      for (const row of rows) {
        if (row.seq > frontier) return { events, upTo };
        const found = readBatch(row).filter((event) => event.id > since);
        if (found.length > 0) {
          text += row.events?.length ?? 0;
          if (events.length > 0 && text > MOST_TEXT) return { events, upTo };
          events.push(...found);
          left -= 1;
        }
        upTo = Math.max(upTo, lastIdOf(row.seq));
      }
      if (rows.length < most || text > MOST_TEXT / 2) break;
      at = rows.at(-1)?.seq ?? at;
      seen += rows.length;
    }
    return { events, upTo };
  }

  /** The highest id that an event may have. */
  async newestId(): Promise<number> {
    const upTo = await this.#frontier();
    return lastIdOf(Number.isFinite(upTo) ? upTo : ((await this.#end('max')) ?? 0));
  }

  /** Where commits become visible out of order, report only what was delivered: an unfinished commit may come before it. */
  async #frontier(): Promise<number> {
    if (this.#needs.dialect.ordered || this.#delivered < 0) return Number.POSITIVE_INFINITY;
    await this.#read();
    return this.#delivered;
  }

  /** The number of the oldest or the newest commit. */
  async #end(which: 'min' | 'max'): Promise<number | undefined> {
    const commits = this.#needs.dialect.reader.selectFrom('pwj_events').select((e) => e.fn[which]('seq').as('seq'));
    return (await commits.executeTakeFirst())?.seq ?? undefined;
  }

  #deliver(seq: number, events: StoredEvent[]): void {
    if (seq <= this.#delivered) return;
    if (this.#delivered >= 0) this.#delivered = seq;
    this.#gaps.passed(seq);
    this.#collected.delete(seq);
    for (const listener of this.#listeners.keys()) listener(events, lastIdOf(seq));
  }

  /** Does a listener want the events now? */
  get isWanted(): boolean {
    for (const wanted of this.#listeners.values()) if (wanted()) return true;
    return false;
  }

  #collectNewsOnce(row: FeedRow): void {
    if (row.seq <= this.#delivered || row.node === this.#needs.node || this.#collected.has(row.seq)) return;
    this.#collected.add(row.seq);
    for (const kind of kindsOf(row.kinds)) this.#news.add(kind);
  }

  #mustWait(next: number): boolean {
    if (this.#needs.dialect.ordered || next <= this.#delivered + 1) return false;
    return !this.#gaps.mayPass(this.#delivered + 1, next, this.#needs.clock.now());
  }

  #readLater(): void {
    this.#retry ??= this.#needs.clock.after(LOOK_AGAIN, () => {
      this.#retry = null;
      // If this read fails, the next check delivers the events.
      void this.#read().catch(() => {});
    });
  }

  /**
   * Gives commits that became visible long after their neighbours a new number, under which every process and every replay finds them.
   * The emptied row stays, since it proves that the commit was stored.
   */
  async #renumberLate(): Promise<void> {
    const seqs = this.#gaps.missing(this.#needs.clock.now());
    if (seqs.length === 0) return;
    const late = await this.#needs.dialect.reader
      .selectFrom('pwj_events')
      .select(['seq', 'node', 'kinds', 'events'])
      .where('seq', 'in', seqs)
      .orderBy('seq')
      .execute();
    for (const { seq, ...row } of late) {
      if (row.events !== NOTHING) await this.#needs.dialect.transaction(({ db }) => this.#renumber(db, seq, row));
      this.#gaps.found(seq);
    }
  }

  async #renumber(db: Kysely<Database>, seq: number, row: Omit<Row<'pwj_events'>, 'seq' | 'at'>): Promise<void> {
    // Only one of the processes that find the row empties it.
    const [emptied] = await db
      .updateTable('pwj_events')
      .set({ events: NOTHING })
      .where('seq', '=', seq)
      .where('events', '<>', NOTHING)
      .execute();
    if (emptied?.numUpdatedRows !== 1n) return;
    await db
      .insertInto('pwj_events')
      .values({ ...row, at: this.#needs.clock.now() })
      .execute();
  }
}
