// Reads commits in order, from this and other processes: every listener receives every event once.
import type { Dispose, JobEvent } from '@phraseworks/sdk';
import type { Cancel, Clock } from '../kernel/clock.ts';
import type { Dialect } from './dialect.ts';
import { kindsOf, PER_COMMIT, readBatch, type StoredEvent, type Topic, topicsOf } from './event-codec.ts';
import { prepare } from './prepared.ts';

interface FeedRow {
  seq: number;
  node: string;
  kinds: string | null;
  /** Omitted while no listener wants them. */
  events?: string;
}

function feedStatements({ db }: Dialect) {
  return {
    after: prepare<{ seq: number; limit: number }, FeedRow>((p) =>
      db
        .selectFrom('pwj_events')
        .select(['seq', 'node', 'kinds', 'events'])
        .where('seq', '>', p.seq)
        .orderBy('seq')
        .limit(p.limit),
    ),
    kindsAfter: prepare<{ seq: number; limit: number }, FeedRow>((p) =>
      db
        .selectFrom('pwj_events')
        .select(['seq', 'node', 'kinds'])
        .where('seq', '>', p.seq)
        .orderBy('seq')
        .limit(p.limit),
    ),
    newest: prepare<object, { seq: number | null }>(() =>
      db.selectFrom('pwj_events').select((e) => e.fn.max('seq').as('seq')),
    ),
    oldest: prepare<object, { seq: number | null }>(() =>
      db.selectFrom('pwj_events').select((e) => e.fn.min('seq').as('seq')),
    ),
  };
}

/** The most characters of a replayed page with more than one commit. */
const MOST_TEXT = 131_072;
const PAGE = 200;
/** Milliseconds until a missing commit is looked for again. */
const LOOK_AGAIN = 20;

/** Given for `upTo` if a commit became visible long after its neighbours. */
export const LATE = -1;

/** `upTo` is the highest possible id in this commit; without events if no listener wanted them. */
export type CommitListener = (events: readonly StoredEvent[], upTo: number) => void;

/** The names of events and topics that others have committed. */
export type News = ReadonlySet<JobEvent['event'] | Topic>;

export class Feed {
  readonly #dialect: Dialect;
  readonly #node: string;
  readonly #clock: Clock;
  /** Each with the function that says whether it wants others' events now. */
  readonly #listeners = new Map<CommitListener, () => boolean>();
  readonly #q: ReturnType<typeof feedStatements>;
  /** The last commit delivered to the listeners. */
  #heard = -1;
  readonly #gaps = new Gaps();
  /** News collected and not yet fetched. */
  #news = new Set<JobEvent['event'] | Topic>();
  #onNews = (): void => {};
  /** Commits not yet delivered whose news is known. */
  readonly #learned = new Set<number>();
  #again: Cancel | null = null;

  constructor(dialect: Dialect, node: string, clock: Clock) {
    this.#dialect = dialect;
    this.#node = node;
    this.#clock = clock;
    this.#q = feedStatements(dialect);
  }

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
    this.#heard = await this.#newest();
  }

  stop(): void {
    this.#again?.();
    this.#again = null;
  }

  /** A commit of this process. Events of earlier commits by others must be delivered first. */
  hear(seq: number, events: StoredEvent[]): Promise<void> | undefined {
    // The usual case: nothing to wait for.
    if (!this.#again && (this.#heard < 0 || seq === this.#heard + 1)) {
      this.#tell(seq, events);
      return undefined;
    }
    return this.#hearAfter(seq, events);
  }

  async #hearAfter(seq: number, events: StoredEvent[]): Promise<void> {
    if (this.#heard >= 0 && seq > this.#heard + 1) {
      // While no listener wants them, the next read skips them.
      if (!this.isWanted) return;
      await this.#read();
    }
    // Otherwise it is delivered together with the commit that it waits for.
    if (seq === this.#heard + 1 || this.#heard < 0 || this.#dialect.ordered) this.#tell(seq, events);
    // Later commits may have waited for this one.
    if (this.#again) await this.#read();
  }

  /** Delivers everything committed since; returns the news from other processes. */
  async catchUp(): Promise<News> {
    await this.#read(() => {});
    const news = this.#news;
    this.#news = new Set();
    return news;
  }

  /** News found on the way is kept until someone fetches it. */
  async #read(tell = this.#onNews): Promise<void> {
    if (this.#heard < 0) return;
    try {
      await this.#findMissing();
      await this.#readOn();
    } finally {
      if (this.#news.size > 0) tell();
    }
  }

  async #readOn(): Promise<void> {
    for (;;) {
      const whole = this.isWanted;
      const query = whole ? this.#q.after : this.#q.kindsAfter;
      const rows: FeedRow[] = await this.#dialect.read(query, { seq: this.#heard, limit: PAGE });
      // A listener joined while these were read without their events.
      if (!whole && this.isWanted) continue;
      this.#gaps.see(rows.at(-1)?.seq ?? this.#heard, this.#clock.now());
      // News needs no order: read commits after an unfinished one immediately.
      for (const row of rows) this.#learnAhead(row);
      for (const row of rows) {
        if (this.#mustWait(row.seq)) {
          this.#lookAgain();
          return;
        }
        this.#tell(row.seq, readBatch(row));
      }
      if (rows.length < PAGE) return;
      // For a long backlog, yield to the event loop between pages.
      await new Promise<void>((resolve) => this.#clock.soon(resolve));
    }
  }

  /** Events with an id above `since`, oldest first, at most `limit` commits; null if some of them were already removed. */
  async since(since: number, limit: number): Promise<StoredEvent[] | null> {
    // The commit of `since` must still exist, since the rest of its events may be missing. Pruning keeps the newest one.
    const commit = Math.floor(since / PER_COMMIT);
    const oldest = (await this.#dialect.read(this.#q.oldest, {}))[0]?.seq ?? 1;
    if (oldest > Math.max(commit, 1)) return null;
    const upTo = await this.#frontier();
    const page: StoredEvent[] = [];
    let text = 0;
    // Two rows first: if commits are large, more would be read in vain.
    for (let at = commit - 1, left = limit, next = 2; left > 0; next = left) {
      const most = Math.min(next, left);
      const rows = await this.#dialect.read(this.#q.after, { seq: at, limit: most });
      for (const row of rows) {
        if (row.seq > upTo) return page;
        const events = readBatch(row).filter((event) => event.id > since);
        if (events.length === 0) continue;
        text += row.events?.length ?? 0;
        if (page.length > 0 && text > MOST_TEXT) return page;
        page.push(...events);
      }
      if (rows.length < most || text > MOST_TEXT / 2) return page;
      at = rows.at(-1)?.seq ?? at;
      left -= rows.length;
    }
    return page;
  }

  /** The highest id that an event may have. */
  async newestId(): Promise<number> {
    const upTo = await this.#frontier();
    return ((Number.isFinite(upTo) ? upTo : await this.#newest()) + 1) * PER_COMMIT - 1;
  }

  /** Where commits become visible out of order, report only what was delivered: an unfinished commit may come before it. */
  async #frontier(): Promise<number> {
    if (this.#dialect.ordered || this.#heard < 0) return Number.POSITIVE_INFINITY;
    await this.#read();
    return this.#heard;
  }

  async #newest(): Promise<number> {
    return (await this.#dialect.read(this.#q.newest, {}))[0]?.seq ?? 0;
  }

  #tell(seq: number, events: StoredEvent[]): void {
    if (seq <= this.#heard) return;
    if (this.#heard >= 0) this.#heard = seq;
    this.#gaps.heard(seq);
    this.#learned.delete(seq);
    this.#say(seq, events);
  }

  #say(seq: number, events: readonly StoredEvent[]): void {
    const upTo = (seq + 1) * PER_COMMIT - 1;
    for (const listener of this.#listeners.keys()) listener(events, upTo);
  }

  /** Does a listener want the events now? */
  get isWanted(): boolean {
    for (const wanted of this.#listeners.values()) if (wanted()) return true;
    return false;
  }

  #learnAhead(row: FeedRow): void {
    if (row.seq <= this.#heard || row.node === this.#node || this.#learned.has(row.seq)) return;
    this.#learned.add(row.seq);
    this.#learn(row);
  }

  #learn(row: FeedRow): void {
    if (row.kinds !== null) for (const kind of kindsOf(row.kinds)) this.#news.add(kind);
    else {
      for (const { event } of readBatch(row)) this.#news.add(event.event);
      for (const topic of topicsIn(row)) this.#news.add(topic);
    }
  }

  #mustWait(next: number): boolean {
    if (this.#dialect.ordered || next <= this.#heard + 1) return false;
    return !this.#gaps.mayPass(this.#heard + 1, next, this.#clock.now());
  }

  #lookAgain(): void {
    this.#again ??= this.#clock.after(LOOK_AGAIN, () => {
      this.#again = null;
      // If this read fails, the next check delivers the events.
      void this.#read().catch(() => {});
    });
  }

  async #findMissing(): Promise<void> {
    const seqs = this.#gaps.missing(this.#clock.now());
    if (seqs.length === 0) return;
    const rows = await this.#dialect.reader
      .selectFrom('pwj_events')
      .select(['seq', 'node', 'kinds', 'events'])
      .where('seq', 'in', seqs)
      .orderBy('seq')
      .execute();
    for (const row of rows) {
      if (!this.#gaps.found(row.seq)) continue;
      const events = readBatch(row);
      this.#learn(row);
      if (events.length > 0) for (const listener of this.#listeners.keys()) listener(events, LATE);
    }
  }
}

function topicsIn(row: FeedRow): Topic[] {
  try {
    return topicsOf(row.events ?? '');
  } catch {
    return [];
  }
}

/** Where commits become visible out of order, wait this many milliseconds for one in progress. */
const HOLD = 1_000;
/** After this time, look for it separately. */
const LOOK_FOR_MISSING = 600_000;
const MOST_MISSING = 1_000;

/** Tracks numbers of commits that are not visible yet: those to wait for, and those skipped and looked for later. */
export class Gaps {
  /** The highest number of each check that saw a new one. */
  #looks: { upTo: number; at: number }[] = [];
  /** Skipped numbers, with the time until which they are looked for. */
  readonly #missing = new Map<number, number>();

  /** A check saw this number, so all lower numbers were allocated by then. */
  see(number: number, now: number): void {
    if (number > (this.#looks.at(-1)?.upTo ?? Number.NEGATIVE_INFINITY)) this.#looks.push({ upTo: number, at: now });
  }

  /** Everything up to this number was delivered or skipped. */
  heard(number: number): void {
    if ((this.#looks[0]?.upTo ?? Number.POSITIVE_INFINITY) <= number)
      this.#looks = this.#looks.filter(({ upTo }) => upTo > number);
  }

  /** Is the wait for the numbers from `from` on over, so that `next` may be delivered? Some may belong to commits that never appear. */
  mayPass(from: number, next: number, now: number): boolean {
    const seen = this.#looks.find(({ upTo }) => upTo >= next)?.at ?? now;
    if (Math.abs(now - seen) < HOLD) return false;
    for (let number = Math.max(from, next - MOST_MISSING); number < next; number += 1)
      this.#missing.set(number, now + LOOK_FOR_MISSING);
    // The oldest are the least likely to appear.
    for (const number of this.#missing.keys()) {
      if (this.#missing.size <= MOST_MISSING) break;
      this.#missing.delete(number);
    }
    return true;
  }

  /** Numbers still looked for. */
  missing(now: number): number[] {
    for (const [number, until] of this.#missing) if (until < now) this.#missing.delete(number);
    return [...this.#missing.keys()];
  }

  /** False if it was found before. */
  found(number: number): boolean {
    return this.#missing.delete(number);
  }
}
