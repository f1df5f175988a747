// One time for all processes of one server: the server's. With a wrong host clock, leases would be taken too early or kept too long.
import { type Cancel, type Clock, systemClock } from '../kernel/clock.ts';
import type { Dialect } from './dialect.ts';

/** Milliseconds. Smaller differences are due to the round trip. */
const WORTH_A_JUMP = 250;
const LOOK_EVERY = 10_000;

export class ServerClock implements Clock {
  readonly #base: Clock;
  readonly #dialect: Dialect;
  #offset = 0;
  #timer: Cancel | null = null;

  constructor(base: Clock, dialect: Dialect) {
    this.#base = base;
    this.#dialect = dialect;
  }

  /** Asks once, then every ten seconds, since the local clock may be changed at any time. */
  async start(): Promise<void> {
    await this.#look();
    this.#next();
  }

  /** How far the server's clock is ahead of the local one, in milliseconds. */
  get offset(): number {
    return this.#offset;
  }

  now(): number {
    return this.#base.now() + this.#offset;
  }

  steady(): number {
    return this.#base.steady();
  }

  after(ms: number, fn: () => void): Cancel {
    return this.#base.after(ms, fn);
  }

  soon(fn: () => void): void {
    this.#base.soon(fn);
  }

  stop(): void {
    this.#timer?.();
    this.#timer = null;
  }

  #next(): void {
    this.#timer = this.#base.after(LOOK_EVERY, () => {
      // If the server does not answer, keep its last time.
      void this.#look()
        .catch(() => {})
        .finally(() => this.#timer && this.#next());
    });
  }

  async #look(): Promise<void> {
    const before = this.#base.now();
    const server = await this.#dialect.serverTime?.();
    const way = this.#base.now() - before;
    // A slow answer is too imprecise.
    if (server === undefined || way > 2 * WORTH_A_JUMP) return;
    const offset = Math.round(server - (before + way / 2));
    if (Math.abs(offset - this.#offset) > WORTH_A_JUMP) this.#offset = Math.abs(offset) > WORTH_A_JUMP ? offset : 0;
  }
}

/** The clock that all processes on this database share; a clock controlled by a test stays unchanged. */
export async function sharedClock(dialect: Dialect, own: Clock): Promise<{ clock: Clock; stop: () => void }> {
  if (!dialect.serverTime || own !== systemClock) return { clock: own, stop: () => {} };
  const clock = new ServerClock(own, dialect);
  await clock.start();
  return { clock, stop: () => clock.stop() };
}
