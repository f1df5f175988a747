// Numbers of commits that are not there (yet): which of them are waited for, and which are passed over and looked for later.

/** Where commits become visible out of their order, later ones wait this long for one that is still under way, in milliseconds. */
const HOLD = 1_000;
/** After that it is looked for beside the others. */
const LOOK_FOR_MISSING = 600_000;
const MOST_MISSING = 1_000;

export class Gaps {
  /** The highest number of each look that saw a higher one than those before it. */
  #looks: { upTo: number; at: number }[] = [];
  /** Numbers that were passed over, with the time until which they are looked for. */
  readonly #missing = new Map<number, number>();

  /** A look saw this number: all before it were given out, and have been under way since then at the latest. */
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
