// What was committed, in order, here and elsewhere: every listener hears every event once.
import type { Dispose, JobEvent } from '@phraseworks/sdk';
import type { Cancel, Clock } from '../kernel/clock.ts';
import type { Dialect } from './dialect.ts';
import { kindsOf, PER_COMMIT, readBatch, type StoredEvent, type Topic, topicsOf } from './event-codec.ts';
import { prepare } from './prepared.ts';

interface FeedRow {
  seq: number;
  node: string;
  kinds: string | null;
  /** Left out while they are not wanted. */
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

/** The most characters of a replayed page that holds more than one commit. */
const MOST_TEXT = 131_072;
const PAGE = 200;
/** How soon it is looked for again. */
const LOOK_AGAIN = 20;

/** In place of `upTo`: a commit that became visible long after its neighbours. */
export const LATE = -1;

/** `upTo` is the highest id that this commit can have given; without events when they were not wanted. */
export type CommitListener = (events: readonly StoredEvent[], upTo: number) => void;

/** The names of the events and topics that others have committed. */
export type News = ReadonlySet<JobEvent['event'] | Topic>;

export class Feed {
  readonly #dialect: Dialect;
  readonly #node: string;
  readonly #clock: Clock;
  /** With the question whether they want the events of others now. */
  readonly #listeners = new Map<CommitListener, () => boolean>();
  readonly #q: ReturnType<typeof feedStatements>;
  /** The last commit whose events the listeners have heard. */
  #heard = -1;
  readonly #gaps = new Gaps();
  /** What was learned and not yet asked for. */
  #news = new Set<JobEvent['event'] | Topic>();
  #onNews = (): void => {};
  /** Commits that listeners have not heard yet, and whose news is known. */
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

  /** Called when a commit was found outside `catchUp()`. */
  onNews(tell: () => void): void {
    this.#onNews = tell;
  }

  /** Listen from the newest commit on. */
  async start(): Promise<void> {
    this.#heard = await this.#newest();
  }

  stop(): void {
    this.#again?.();
    this.#again = null;
  }

  /** A commit of this process. Another one may have been just before it: its events come first. */
  hear(seq: number, events: StoredEvent[]): Promise<void> | undefined {
    // Nothing to wait for, which is so after most commits.
    if (!this.#again && (this.#heard < 0 || seq === this.#heard + 1)) {
      this.#tell(seq, events);
      return undefined;
    }
    return this.#hearAfter(seq, events);
  }

  async #hearAfter(seq: number, events: StoredEvent[]): Promise<void> {
    if (this.#heard >= 0 && seq > this.#heard + 1) {
      // While they are not wanted, the next look skips them.
      if (!this.isWanted) return;
      await this.#read();
    }
    // Otherwise it is delivered with the commit that it waits for.
    if (seq === this.#heard + 1 || this.#heard < 0 || this.#dialect.ordered) this.#tell(seq, events);
    // Later ones may have waited for this one.
    if (this.#again) await this.#read();
  }

  /** Hear what has been committed since, here or elsewhere; answers what was news from elsewhere. */
  async catchUp(): Promise<News> {
    await this.#read(() => {});
    const news = this.#news;
    this.#news = new Set();
    return news;
  }

  /** What is learned on the way is kept until somebody asks for it. */
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
      // Somebody has come while these were read without their events.
      if (!whole && this.isWanted) continue;
      this.#gaps.see(rows.at(-1)?.seq ?? this.#heard, this.#clock.now());
      // News needs no order: commits after one that is still under way are read at once.
      for (const row of rows) this.#learnAhead(row);
      for (const row of rows) {
        if (this.#mustWait(row.seq)) {
          this.#lookAgain();
          return;
        }
        this.#tell(row.seq, readBatch(row));
      }
      if (rows.length < PAGE) return;
      // A long backlog: the site gets its turn between two pages.
      await new Promise<void>((resolve) => this.#clock.soon(resolve));
    }
  }

  /** Events with an id above `since`, oldest first, at most `limit` commits; null when some of them have been removed already. */
  async since(since: number, limit: number): Promise<StoredEvent[] | null> {
    // The commit of `since` itself must still be there: the rest of its events may be missing. Pruning keeps the newest one.
    const commit = Math.floor(since / PER_COMMIT);
    const oldest = (await this.#dialect.read(this.#q.oldest, {}))[0]?.seq ?? 1;
    if (oldest > Math.max(commit, 1)) return null;
    const upTo = await this.#frontier();
    const page: StoredEvent[] = [];
    let text = 0;
    // Two rows first: of large commits more would only be read to be thrown away.
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

  /** The id of the newest event that may exist. */
  async newestId(): Promise<number> {
    const upTo = await this.#frontier();
    return ((Number.isFinite(upTo) ? upTo : await this.#newest()) + 1) * PER_COMMIT - 1;
  }

  /** Where commits become visible out of order, report only what the listeners have heard: a commit under way may come before it. */
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
      // What cannot be read now is heard with the next look.
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

/** Where commits become visible out of their order, later ones wait this long for one that is still under way, in milliseconds. */
const HOLD = 1_000;
/** After this time, look for it separately. */
const LOOK_FOR_MISSING = 600_000;
const MOST_MISSING = 1_000;

/** Numbers of commits that are not visible yet: which are waited for, and which are passed over and looked for later. */
export class Gaps {
  /** The highest number of each look that saw a higher one than those before it. */
  #looks: { upTo: number; at: number }[] = [];
  /** Numbers that were passed over, with the time until which they are looked for. */
  readonly #missing = new Map<number, number>();

  /** A check saw this number, so all lower numbers were allocated by then. */
  see(number: number, now: number): void {
    if (number > (this.#looks.at(-1)?.upTo ?? Number.NEGATIVE_INFINITY)) this.#looks.push({ upTo: number, at: now });
  }

  /** Everything up to this number is heard or passed over. */
  heard(number: number): void {
    if ((this.#looks[0]?.upTo ?? Number.POSITIVE_INFINITY) <= number)
      this.#looks = this.#looks.filter(({ upTo }) => upTo > number);
  }

  /** Is the wait for the numbers from `from` on over, so that `next` may be heard? Some may belong to commits that never come. */
  mayPass(from: number, next: number, now: number): boolean {
    const seen = this.#looks.find(({ upTo }) => upTo >= next)?.at ?? now;
    if (Math.abs(now - seen) < HOLD) return false;
    for (let number = Math.max(from, next - MOST_MISSING); number < next; number += 1)
      this.#missing.set(number, now + LOOK_FOR_MISSING);
    // The oldest are the least likely to come.
    for (const number of this.#missing.keys()) {
      if (this.#missing.size <= MOST_MISSING) break;
      this.#missing.delete(number);
    }
    return true;
  }

  /** Those that are still looked for. */
  missing(now: number): number[] {
    for (const [number, until] of this.#missing) if (until < now) this.#missing.delete(number);
    return [...this.#missing.keys()];
  }

  /** False when it was found before. */
  found(number: number): boolean {
    return this.#missing.delete(number);
  }
}
