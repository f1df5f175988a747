// Remembers where the last claim of a type ended. Claimed rows leave marks in the index until the server removes them, and a claim
// from the head would walk over all of them. So the next claim starts behind them, and regularly from the head again.

/** How long claims may start behind the head, in milliseconds: the longest that an older returned job waits. */
const BEHIND_FOR = 1_000;
/** How long to reuse the best priority of a type while its claims are full: the longest that a more urgent job waits. */
const HEAD_KNOWN_FOR = 50;
const MOST = 1_000;

interface Cursor {
  id: string;
  /** When a claim last started at the head. */
  since: number;
}

export class ClaimCursors {
  readonly #cursors = new Map<string, Cursor>();
  /** The best priority of each type; null if nothing was ready. */
  readonly #heads = new Map<string, { priority: number | null; at: number }>();

  /** The id behind which the next claim of this type and priority starts; null: at the head. */
  start(type: string, priority: number, now: number): string | null {
    const cursor = this.#cursors.get(keyOf(type, priority));
    return cursor && Math.abs(now - cursor.since) < BEHIND_FOR ? cursor.id : null;
  }

  /** A claim from `start` ended at `last`; `full` if it got as many jobs as it wanted. */
  ended(
    type: string,
    priority: number,
    now: number,
    claim: { start: string | null; last: string; full: boolean },
  ): void {
    const key = keyOf(type, priority);
    const since = claim.start === null ? now : (this.#cursors.get(key)?.since ?? now);
    if (this.#cursors.size >= MOST) this.#cursors.clear();
    if (claim.full) this.#cursors.set(key, { id: claim.last, since });
    else this.#cursors.delete(key);
  }

  /** Jobs were added, which may be more urgent than the waiting ones, or jobs were returned, which may be older than those last claimed. */
  rewind(why: 'added' | 'returned'): void {
    this.#heads.clear();
    if (why === 'returned') this.#cursors.clear();
  }

  /** Records the best priority of a type that was checked, or null. */
  found(type: string, priority: number | null, now: number): void {
    if (this.#heads.size >= MOST) this.#heads.clear();
    this.#heads.set(type, { priority, at: now });
  }

  /** The recent best priorities while claims of them are full, and the types to check. */
  heads(types: readonly string[], now: number): { heads: Map<string, number>; unknown: readonly string[] } {
    const heads = new Map<string, number>();
    const unknown: string[] = [];
    for (const type of types) {
      const head = this.#heads.get(type);
      const old = !head || Math.abs(now - head.at) >= HEAD_KNOWN_FOR;
      if (old || (head.priority !== null && !this.#cursors.has(keyOf(type, head.priority)))) unknown.push(type);
      else if (head.priority !== null) heads.set(type, head.priority);
    }
    // A claim happens when a job is expected.
    return heads.size > 0 ? { heads, unknown } : { heads, unknown: types };
  }
}

const keyOf = (type: string, priority: number): string => `${priority} ${type}`;
