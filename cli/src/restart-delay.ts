// How long a worker process that died waits for its successor: at once the first time, then longer while it keeps dying.

/** A process that lived so long, in milliseconds, has not died of its start. */
const LIVED = 10_000;
const FIRST = 500;
const LONGEST = 30_000;

export class RestartDelay {
  #quick = 0;

  /** In milliseconds, for a process that lived for `lived` ms. */
  after(lived: number): number {
    if (lived >= LIVED) this.#quick = 0;
    const delay = this.#quick === 0 ? 0 : Math.min(FIRST * 2 ** (this.#quick - 1), LONGEST);
    this.#quick += 1;
    return delay;
  }
}
