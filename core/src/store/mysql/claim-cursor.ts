// Where the last claim of a lane ended. What was taken leaves marks in the index until the server clears them away, and a claim
// from the head would walk over all of them: the next one starts behind, and goes back to the head before long.

/** How long a claim may start behind the head: an older job that comes back waits that long at most, in milliseconds. */
const BEHIND_FOR = 1_000;
/** How long the best priority of a lane is taken as known while its claims are full: a more urgent job waits that long at most. */
const HEAD_KNOWN_FOR = 50;
/** How long an empty lane counts as empty: a new job may overtake jobs of other processes by up to this time. */
const EMPTY_KNOWN_FOR = 10;
const MOST = 1_000;

interface Cursor {
  id: string;
  /** When a claim began at the head. */
  since: number;
}

export class ClaimCursors {
  readonly #cursors = new Map<string, Cursor>();
  /** The best priority of each lane; null where nothing was ready. */
  readonly #heads = new Map<string, { priority: number | null; at: number }>();

  /** The id behind which the next claim of this lane and priority starts; null: at the head. */
  start(lane: string, priority: number, now: number): string | null {
    const cursor = this.#cursors.get(keyOf(lane, priority));
    return cursor && Math.abs(now - cursor.since) < BEHIND_FOR ? cursor.id : null;
  }

  /** A claim from `start` has ended at `last`; `full` when it took all that it wanted. */
  ended(
    lane: string,
    priority: number,
    now: number,
    claim: { start: string | null; last: string; full: boolean },
  ): void {
    const key = keyOf(lane, priority);
    const since = claim.start === null ? now : (this.#cursors.get(key)?.since ?? now);
    if (this.#cursors.size >= MOST) this.#cursors.clear();
    if (claim.full) this.#cursors.set(key, { id: claim.last, since });
    else this.#cursors.delete(key);
  }

  /** Jobs were added, which may be more urgent than those that wait; or jobs have come back, which may be older than those that were claimed last. */
  rewind(why: 'added' | 'back'): void {
    this.#heads.clear();
    if (why === 'back') this.#cursors.clear();
  }

  /** A lane was looked at: its best priority, or null. */
  found(lane: string, priority: number | null, now: number): void {
    if (this.#heads.size >= MOST) this.#heads.clear();
    this.#heads.set(lane, { priority, at: now });
  }

  isEmpty(lane: string, now: number): boolean {
    const head = this.#heads.get(lane);
    return head !== undefined && head.priority === null && Math.abs(now - head.at) < EMPTY_KNOWN_FOR;
  }

  /** The best priorities as they were a moment ago, while claims of them are full, and the lanes that have to be looked at. */
  heads(lanes: readonly string[], now: number): { heads: Map<string, number>; unknown: readonly string[] } {
    const heads = new Map<string, number>();
    const unknown: string[] = [];
    for (const lane of lanes) {
      const head = this.#heads.get(lane);
      const old = !head || Math.abs(now - head.at) >= HEAD_KNOWN_FOR;
      if (old || (head.priority !== null && !this.#cursors.has(keyOf(lane, head.priority)))) unknown.push(lane);
      else if (head.priority !== null) heads.set(lane, head.priority);
    }
    // A claim is made when there is reason to expect a job.
    return heads.size > 0 ? { heads, unknown } : { heads, unknown: lanes };
  }
}

const keyOf = (lane: string, priority: number): string => `${priority} ${lane}`;
