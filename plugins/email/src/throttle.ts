// Rate limits of this process: mails per second, and per domain concurrency and mails per minute, in order of arrival.
import type { PluginClock } from '@phraseworks/sdk';

const MINUTE = 60_000;
/** Domains that are remembered before those that are free again are forgotten. */
const MANY = 1_000;
/** Milliseconds that a mail which had no turn waits at least. */
const SHORTEST = 1_000;

export interface Limits {
  /** Mails per second. */
  rate?: number | undefined;
  atOnce?: number | undefined;
  perMinute?: number | undefined;
}

/** The permission to send one mail. */
export interface Turn {
  domain: string;
  /** The mail has been sent. */
  leave(): void;
}

export interface Waiting {
  signal: AbortSignal;
  /** Milliseconds since 1970; gives up afterwards. */
  until: number;
}

/** The limits allow no mail in time; `delay` is how long until they may, in milliseconds. */
export class NoTurn extends Error {
  override readonly name = 'NoTurn';
  readonly delay: number;

  constructor(delay: number) {
    super('not sent in time: a limit of the sending rate was reached');
    this.delay = delay;
  }
}

export type Throttle = ReturnType<typeof createThrottle>;

interface Waiter extends Waiting {
  domains: readonly string[];
  grant(domain: string): void;
  giveUp(delay: number): void;
}

export function createThrottle({ rate, atOnce, perMinute }: Limits, clock: PluginClock) {
  const spacing = rate === undefined ? 0 : 1_000 / rate;
  const free = rate === undefined && atOnce === undefined && perMinute === undefined;
  const domains = new Map<string, { busy: number; begun: number[] }>();
  const waiters = new Set<Waiter>();
  let next = 0;
  let cancelTimer = () => {};

  /** When this domain may be written to: now or later, and without a time when that depends on a mail that is under way. */
  function freeAt(domain: string, now: number): number {
    const known = domains.get(domain);
    if (!known) return now;
    while (known.begun[0] !== undefined && known.begun[0] <= now - MINUTE) known.begun.shift();
    if (atOnce !== undefined && known.busy >= atOnce) return Number.POSITIVE_INFINITY;
    const first = known.begun[0];
    return perMinute !== undefined && known.begun.length >= perMinute && first !== undefined ? first + MINUTE : now;
  }

  const earliest = (waiter: Waiter, now: number): number =>
    Math.max(next, Math.min(...waiter.domains.map((domain) => freeAt(domain, now))));

  function begin(domain: string, now: number): void {
    next = Math.max(next, now) + spacing;
    const known = domains.get(domain) ?? { busy: 0, begun: [] };
    known.busy += 1;
    if (perMinute !== undefined) known.begun.push(now);
    domains.set(domain, known);
  }

  function leave(domain: string): void {
    const known = domains.get(domain);
    if (known) {
      known.busy -= 1;
      if (known.busy === 0 && known.begun.length === 0) domains.delete(domain);
    }
    if (domains.size > MANY) {
      const old = clock.now() - MINUTE;
      for (const [name, { busy, begun }] of domains) {
        if (busy === 0 && (begun.at(-1) ?? 0) <= old) domains.delete(name);
      }
    }
    serve();
  }

  /** Serves the queue, ends expired requests, and schedules the next run. */
  function serve(): void {
    cancelTimer();
    const now = clock.now();
    let soonest = Number.POSITIVE_INFINITY;
    for (const waiter of [...waiters]) {
      const at = earliest(waiter, now);
      if (at <= now) {
        const domain = waiter.domains.find((one) => freeAt(one, now) <= now) ?? '';
        begin(domain, now);
        waiter.grant(domain);
      } else if (waiter.until <= now || (at > waiter.until && at !== Number.POSITIVE_INFINITY)) {
        waiter.giveUp(Math.max(SHORTEST, Number.isFinite(at) ? at - now : SHORTEST));
      } else soonest = Math.min(soonest, at, waiter.until);
    }
    if (soonest !== Number.POSITIVE_INFINITY) cancelTimer = clock.after(Math.ceil(soonest - now), serve);
  }

  return {
    /** Waits for the first of these domains that may get a mail. Throws `NoTurn`, or the reason of the signal. */
    async take(wanted: readonly string[], waiting: Waiting): Promise<Turn> {
      waiting.signal.throwIfAborted();
      const [only = ''] = wanted;
      if (free) return { domain: only, leave: () => {} };
      return new Promise((resolve, reject) => {
        const stop = () => {
          done();
          reject(waiting.signal.reason as Error);
        };
        const done = () => {
          waiters.delete(waiter);
          waiting.signal.removeEventListener('abort', stop);
        };
        const waiter: Waiter = {
          ...waiting,
          domains: wanted,
          grant: (domain) => {
            done();
            resolve({ domain, leave: () => leave(domain) });
          },
          giveUp: (delay) => {
            done();
            reject(new NoTurn(delay));
          },
        };
        waiters.add(waiter);
        waiting.signal.addEventListener('abort', stop, { once: true });
        serve();
      });
    },
  };
}
