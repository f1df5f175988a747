// What one transaction changed; filled by the statements in it.
import type { JobEvent } from '@phraseworks/sdk';
import { isFinal, publicState, type StoredState } from '../job/lifecycle.ts';
import type { Topic } from './event-codec.ts';

/** A job that moved, or was removed. */
export interface Moved {
  id: string;
  type: string;
  from: StoredState;
  to: StoredState | 'removed';
  /** Its processor asked to close its limit until then. */
  closes?: number;
  /** The keys of the signals that it waits for from now on. */
  waits?: readonly string[] | undefined;
  /** Not the attempt that holds it moved it, but somebody else: from or to its end. */
  isFree?: boolean;
}

type OfJob = Pick<Moved, 'id' | 'type' | 'waits'>;

export class Changes {
  readonly events: JobEvent[] = [];
  /** Topics that other processes must reload although no event reports them. */
  readonly topics = new Set<Topic>();
  /** The id of a new row, which proves that the transaction was stored if its answer is lost. Null if the transaction does more than add jobs, or adds none. */
  commitProbe: string | null = null;
  readonly #counts = new Map<StoredState, Map<string, number>>();
  readonly totals = new Map<string, { runs: number; runMs: number }>();
  /** The first of the deadlines that it wrote. */
  firstDeadline = Number.POSITIVE_INFINITY;
  /** Call once it is committed. */
  readonly afterCommit: (() => void)[] = [];
  /** The moves of jobs whose type somebody follows in this transaction. */
  readonly followed: Moved[] = [];
  readonly #isFollowed: (type: string) => boolean;

  constructor(isFollowed: (type: string) => boolean = () => false) {
    this.#isFollowed = isFollowed;
  }

  event(event: JobEvent): void {
    this.events.push(event);
  }

  announce(topic: Topic): void {
    this.topics.add(topic);
  }

  count(state: StoredState, type: string, n: number): void {
    let types = this.#counts.get(state);
    if (!types) {
      types = new Map();
      this.#counts.set(state, types);
    }
    types.set(type, (types.get(type) ?? 0) + n);
  }

  /** The change of a count so far. */
  net(state: StoredState, type: string): number {
    return this.#counts.get(state)?.get(type) ?? 0;
  }

  /** Types of which this transaction has made jobs ready. */
  madeReady(): string[] {
    return [...(this.#counts.get('ready') ?? [])].flatMap(([type, n]) => (n > 0 ? [type] : []));
  }

  moved(from: StoredState, to: StoredState, { id, type, waits }: OfJob): void {
    if (waits || this.#isFollowed(type)) this.followed.push({ id, type, from, to, waits });
    this.count(from, type, -1);
    this.count(to, type, 1);
  }

  /** The same for a step of somebody else than the attempt that holds the job; from and to its end it is followed for every type. */
  steppedBy(from: StoredState, to: StoredState, { id, type }: OfJob): void {
    const isFree = isFinal(publicState(from)) || isFinal(publicState(to));
    if (isFree || this.#isFollowed(type)) this.followed.push({ id, type, from, to, isFree });
    this.count(from, type, -1);
    this.count(to, type, 1);
  }

  /** The processor of a job, which returns to the queue, closed its limit. Followed also if its type had none before. */
  closed({ id, type }: OfJob, to: StoredState, closes: number): void {
    this.followed.push({ id, type, from: 'processing', to, closes });
  }

  /** The attempt of a cancelled job has ended. */
  ended({ id, type }: OfJob): void {
    if (this.#isFollowed(type)) this.followed.push({ id, type, from: 'processing', to: 'cancelled' });
  }

  removed(from: StoredState, { id, type }: OfJob): void {
    this.followed.push({ id, type, from, to: 'removed', isFree: true });
    this.count(from, type, -1);
  }

  /** The changes of each count as rows of this shard, in the same order in all processes; omits zero changes. */
  counts(shard = 0): { state: StoredState; type: string; shard: number; n: number }[] {
    const counts: { state: StoredState; type: string; shard: number; n: number }[] = [];
    for (const [state, types] of this.#counts)
      for (const [type, n] of types) if (n !== 0) counts.push({ state, type, shard, n });
    return counts.length < 2 ? counts : counts.sort((a, b) => order(a.state, b.state) || order(a.type, b.type));
  }

  ran(type: string, ms: number): void {
    const entry = this.totals.get(type);
    if (entry) {
      entry.runs += 1;
      entry.runMs += ms;
    } else this.totals.set(type, { runs: 1, runMs: ms });
  }
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
