// One time for all processes of one server: the server's. With a wrong host clock, leases would be taken too early or kept too long.
import { type Cancel, type Clock, systemClock } from '../kernel/clock.ts';
import type { Dialect } from './dialect.ts';

/** Milliseconds. Smaller differences are due to the round trip. */
const WORTH_A_JUMP = 250;
const LOOK_EVERY = 10_000;

export interface SharedClock {
  clock: Clock;
  stop(): void;
}

/** The clock that all processes on this database share; a clock controlled by a test stays unchanged. */
export const sharedClock = async (dialect: Dialect, own: Clock): Promise<SharedClock> =>
  dialect.serverTime && own === systemClock ? serverClock(dialect, own) : { clock: own, stop: () => {} };

/** Asks once, then every ten seconds, since the local clock may be changed at any time. */
export async function serverClock(dialect: Pick<Dialect, 'serverTime'>, own: Clock): Promise<SharedClock> {
  /** How far the server's clock is ahead of the local one, in milliseconds. */
  let ahead = 0;
  const look = async (): Promise<void> => {
    const before = own.now();
    const server = await dialect.serverTime?.();
    const way = own.now() - before;
    // A slow answer is too imprecise.
    if (server === undefined || way > 2 * WORTH_A_JUMP) return;
    const found = Math.round(server - (before + way / 2));
    if (Math.abs(found - ahead) > WORTH_A_JUMP) ahead = Math.abs(found) > WORTH_A_JUMP ? found : 0;
  };
  let cancel: Cancel | null = null;
  const next = (): void => {
    cancel = own.after(LOOK_EVERY, () => {
      // If the server does not answer, keep its last time.
      void look()
        .catch(() => {})
        .finally(() => cancel && next());
    });
  };
  const stop = (): void => {
    cancel?.();
    cancel = null;
  };
  await look();
  next();
  const clock: Clock = {
    now: () => own.now() + ahead,
    steady: () => own.steady(),
    after: (ms, fn) => own.after(ms, fn),
    soon: (fn) => own.soon(fn),
    followsServer: true,
  };
  return { clock, stop };
}
