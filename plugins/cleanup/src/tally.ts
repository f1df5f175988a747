// The running totals of a cleanup: counts, bytes, and failures by reason.
import type { CleanupProblem } from './data.ts';
import { type CleanupItem, type CleanupLeft, STOPPED } from './source.ts';

const SHOWN = 100;
const LONGEST = 500;

/** Shortens a path from the start, since its end says more. */
const short = (text: string): string => (text.length <= LONGEST ? text : `...${text.slice(3 - LONGEST)}`);

export class Tally {
  items = 0;
  bytes = 0;
  failedItems = 0;
  /** Found, but gone when it was their turn. */
  gone = 0;
  /** The first of them. */
  readonly failed: CleanupProblem[] = [];
  readonly first: CleanupItem[] = [];
  readonly #reasons = new Map<string, number>();

  problem(item: string, reason: string): void {
    this.failedItems += 1;
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
    if (this.failed.length < SHOWN) this.failed.push({ item: short(item), reason });
  }

  found(items: readonly CleanupItem[]): void {
    for (const item of items) {
      this.items += 1;
      this.bytes += item.bytes;
      if (this.first.length < SHOWN) this.first.push({ ...item, label: short(item.label) });
    }
  }

  /** Counts these items as removed, except those in `left`. Returns what this added. */
  removed(items: readonly CleanupItem[], left: readonly CleanupLeft[]) {
    const reasons = new Map(left.map(({ id, reason }) => [id, reason]));
    const before = { items: this.items, bytes: this.bytes, failed: this.failedItems };
    for (const { id, label, bytes } of items) {
      const reason = reasons.get(id);
      if (reason === STOPPED) continue;
      if (reason === 'gone') this.gone += 1;
      else if (reason !== undefined) this.problem(label, reason);
      else {
        this.items += 1;
        this.bytes += bytes;
      }
    }
    return {
      items: this.items - before.items,
      bytes: this.bytes - before.bytes,
      failed: this.failedItems - before.failed,
    };
  }

  /** Whether this is the only reason why items stayed. */
  isOnly(reason: string): boolean {
    return this.#reasons.size === 1 && this.#reasons.has(reason);
  }

  /** `EPERM (2), changed (1)`, most frequent first. */
  reasons(): string {
    const sorted = [...this.#reasons].sort(([, a], [, b]) => b - a);
    return sorted
      .slice(0, 5)
      .map(([reason, count]) => `${reason} (${count})`)
      .join(', ');
  }
}
