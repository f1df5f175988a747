// Every write that moves a job goes through here: counts and events are stored in the same transaction, listeners hear after it.
import type { Dispose, JobEvent } from '@phraseworks/sdk';
import type { Clock } from '../clock.ts';
import type { StoredState } from '../jobs/lifecycle.ts';
import type { Dialect, Tx } from './dialect/dialect.ts';
import { decodeEvents, encodeEvents } from './event-codec.ts';
import { prepare } from './prepared.ts';

/** An event id is the number of its commit times this, plus its place in it. */
const PER_COMMIT = 1_000;

export class StoredEvent {
  readonly id: number;
  readonly event: JobEvent;
  #text: string | undefined;

  constructor(id: number, event: JobEvent) {
    this.id = id;
    this.event = event;
  }

  /** The event as JSON; made when somebody wants it, once. */
  get text(): string {
    this.#text ??= JSON.stringify(this.event);
    return this.#text;
  }
}

/** What one transaction changed; filled by the statements in it. */
export class Changes {
  readonly events: JobEvent[] = [];
  readonly #counts = new Map<StoredState, Map<string, number>>();
  readonly totals = new Map<string, { runs: number; ms: number }>();

  event(event: JobEvent): void {
    this.events.push(event);
  }

  count(state: StoredState, type: string, n: number): void {
    let types = this.#counts.get(state);
    if (!types) {
      types = new Map();
      this.#counts.set(state, types);
    }
    types.set(type, (types.get(type) ?? 0) + n);
  }

  /** How much each count changes; what came and went again is left out. */
  counts(): { state: StoredState; type: string; n: number }[] {
    return [...this.#counts].flatMap(([state, types]) =>
      [...types].flatMap(([type, n]) => (n === 0 ? [] : [{ state, type, n }])),
    );
  }

  ran(type: string, ms: number): void {
    const entry = this.totals.get(type);
    if (entry) {
      entry.runs += 1;
      entry.ms += ms;
    } else this.totals.set(type, { runs: 1, ms });
  }
}

export type CommitListener = (events: readonly StoredEvent[]) => void;

export class Ledger {
  readonly dialect: Dialect;
  readonly node: string;
  readonly #clock: Clock;
  readonly #listeners = new Set<CommitListener>();
  readonly #statements: ReturnType<typeof statements>;
  /** The last commit whose events the listeners have heard. */
  #heard = -1;

  constructor(dialect: Dialect, node: string, clock: Clock) {
    this.dialect = dialect;
    this.node = node;
    this.#clock = clock;
    this.#statements = statements(dialect);
  }

  /** Listeners hear each commit's events once, in order, after it is durable; those of other processes, too. They must not throw. */
  onCommit(listener: CommitListener): Dispose {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  async transact<T>(work: (tx: Tx, changes: Changes) => Promise<T>): Promise<T> {
    let stored: { seq: number; events: StoredEvent[] }[] = [];
    const answer = await this.dialect.transaction(async (tx) => {
      const changes = new Changes();
      const value = await work(tx, changes);
      await this.#storeCounts(tx, changes);
      stored = await this.#storeEvents(tx, changes.events);
      return value;
    });
    try {
      for (const batch of stored) await this.#hear(batch.seq, batch.events);
    } catch {
      // The commit stands, whatever can be read now: what was missed is heard with the next one.
    }
    return answer;
  }

  /** Start listening at the newest commit. */
  async start(): Promise<void> {
    this.#heard = await this.#newest();
  }

  /** Hear what other processes have committed since. */
  async catchUp(): Promise<void> {
    if (this.#heard < 0) return;
    const rows = await this.dialect.read(this.#statements.after, { seq: this.#heard, limit: 200 });
    for (const row of rows) this.#tell(row.seq, readBatch(row));
    if (rows.length === 200) await this.catchUp();
  }

  /** Events with an id above `since`, oldest first, at most `limit` commits; null when some of them have been removed already. */
  async since(since: number, limit: number): Promise<StoredEvent[] | null> {
    // The commit of `since` itself must still be there: the rest of its events may be missing. Pruning keeps the newest one.
    const commit = Math.floor(since / PER_COMMIT);
    const oldest = (await this.dialect.read(this.#statements.oldest, {}))[0]?.seq ?? 1;
    if (oldest > Math.max(commit, 1)) return null;
    const seq = commit - 1;
    const rows = await this.dialect.read(this.#statements.after, { seq, limit });
    return rows.flatMap(readBatch).filter((event) => event.id > since);
  }

  /** The id of the newest event that may exist. */
  async newestId(): Promise<number> {
    return ((await this.#newest()) + 1) * PER_COMMIT - 1;
  }

  async #newest(): Promise<number> {
    return (await this.dialect.read(this.#statements.newest, {}))[0]?.seq ?? 0;
  }

  async #storeCounts(tx: Tx, changes: Changes): Promise<void> {
    const counts = changes.counts();
    if (counts.length > 0) await tx.many(this.#statements.count, counts);
    if (changes.totals.size > 0) {
      await tx.many(
        this.#statements.total,
        [...changes.totals].map(([type, { runs, ms }]) => ({ type, runs, ms })),
      );
    }
  }

  async #storeEvents(tx: Tx, events: readonly JobEvent[]): Promise<{ seq: number; events: StoredEvent[] }[]> {
    const stored: { seq: number; events: StoredEvent[] }[] = [];
    for (let from = 0; from < events.length; from += PER_COMMIT) {
      const part = events.slice(from, from + PER_COMMIT);
      const seq = await tx.insert(this.#statements.insert, {
        at: this.#clock.now(),
        node: this.node,
        events: encodeEvents(part),
      });
      stored.push({ seq, events: part.map((event, i) => new StoredEvent(seq * PER_COMMIT + i, event)) });
    }
    return stored;
  }

  /** Another process may have committed just before us: its events come first. */
  async #hear(seq: number, events: StoredEvent[]): Promise<void> {
    if (this.#heard >= 0 && seq > this.#heard + 1) await this.catchUp();
    if (seq > this.#heard) this.#tell(seq, events);
  }

  #tell(seq: number, events: StoredEvent[]): void {
    if (seq <= this.#heard) return;
    if (this.#heard >= 0) this.#heard = seq;
    for (const listener of this.#listeners) listener(events);
  }
}

/** A row that a hand made unreadable holds nothing. */
function readBatch(row: { seq: number; events: string }): StoredEvent[] {
  let events: JobEvent[];
  try {
    events = decodeEvents(row.events);
  } catch {
    return [];
  }
  return events.map((event, i) => new StoredEvent(row.seq * PER_COMMIT + i, event));
}

function statements({ db }: Dialect) {
  return {
    insert: prepare<{ at: number; node: string; events: string }>((p) =>
      db.insertInto('pwj_events').values({ at: p.at, node: p.node, events: p.events }),
    ),
    after: prepare<{ seq: number; limit: number }, { seq: number; events: string }>((p) =>
      db.selectFrom('pwj_events').select(['seq', 'events']).where('seq', '>', p.seq).orderBy('seq').limit(p.limit),
    ),
    newest: prepare<object, { seq: number | null }>(() =>
      db.selectFrom('pwj_events').select((e) => e.fn.max('seq').as('seq')),
    ),
    oldest: prepare<object, { seq: number | null }>(() =>
      db.selectFrom('pwj_events').select((e) => e.fn.min('seq').as('seq')),
    ),
    count: prepare<{ state: string; type: string; n: number }>((p) =>
      db
        .insertInto('pwj_counts')
        .values({ state: p.state, type: p.type, n: p.n })
        .onConflict((c) =>
          c.columns(['state', 'type']).doUpdateSet((e) => ({ n: e('pwj_counts.n', '+', e.ref('excluded.n')) })),
        ),
    ),
    total: prepare<{ type: string; runs: number; ms: number }>((p) =>
      db
        .insertInto('pwj_totals')
        .values({ type: p.type, runs: p.runs, run_ms: p.ms })
        .onConflict((c) =>
          c.column('type').doUpdateSet((e) => ({
            runs: e('pwj_totals.runs', '+', e.ref('excluded.runs')),
            run_ms: e('pwj_totals.run_ms', '+', e.ref('excluded.run_ms')),
          })),
        ),
    ),
  };
}
