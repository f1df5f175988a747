// How long to wait before another attempt: longer each time, and not all pages at the same moment.

/** Milliseconds before attempt `n`, from 0: between half and all of `first`, doubled `n` times, at most `most`. `chance` is 0 to 1. */
export const backoff = (n: number, first: number, most: number, chance: number): number =>
  Math.min(most, first * 2 ** Math.min(n, 20)) * (0.5 + chance / 2);
