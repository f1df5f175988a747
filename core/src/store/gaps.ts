// The gaps in the numbers of commits, where commits become visible out of order: a missing number is an unfinished commit, or
// one that was rolled back and never comes. The feed waits for it a second, then delivers what follows and looks for it for ten
// minutes. Numbers and times go in, decisions come out; nothing here reads the database or a clock.

/** Milliseconds to wait for a missing commit. */
const HOLD = 1_000;
/** Milliseconds for which a skipped number is looked for. */
const LOOK_FOR_MISSING = 600_000;
const MOST_MISSING = 1_000;

export class Gaps {
  /** The highest number of each check that saw a new one. */
  #looks: { upTo: number; at: number }[] = [];
  /** Skipped numbers, with the time until which they are looked for. */
  readonly #missing = new Map<number, number>();

  /** A check saw this number, so all lower numbers were allocated by then. */
  saw(number: number, now: number): void {
    if (number > (this.#looks.at(-1)?.upTo ?? Number.NEGATIVE_INFINITY)) this.#looks.push({ upTo: number, at: now });
  }

  /** Everything up to this number was delivered or skipped. */
  passed(number: number): void {
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

  found(number: number): void {
    this.#missing.delete(number);
  }
}
