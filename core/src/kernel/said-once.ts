// A database that is away is noticed by every part of the system: it is said once, and again every half minute, not by each of them.
import type { Clock } from './clock.ts';
import type { Logger } from './logger.ts';

/** Between two such lines, in milliseconds. */
const AGAIN = 30_000;
const AWAY = 'The database is not available';

const tellsOfIt = (args: readonly unknown[]): boolean =>
  args.some((arg) => typeof arg === 'string' && arg.includes(AWAY));

/** The same log; the lines that are left out are logged at the level `debug`. */
export function saidOnce(log: Logger, clock: Clock): Logger {
  let saidAt = Number.NEGATIVE_INFINITY;
  const at =
    (level: 'info' | 'warn' | 'error') =>
    (...args: unknown[]): void => {
      const now = clock.now();
      const known = tellsOfIt(args) && Math.abs(now - saidAt) < AGAIN;
      if (tellsOfIt(args) && !known) saidAt = now;
      log[known ? 'debug' : level](...args);
    };
  return { debug: (...args) => log.debug(...args), info: at('info'), warn: at('warn'), error: at('error') };
}
