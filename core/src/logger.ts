// The log: one plain line each, prefixed with its part; the host may pass its own.
import { format } from 'node:util';
import type { Logger } from '@phraseworks/sdk';

export type { Logger } from '@phraseworks/sdk';
export type Level = 'debug' | 'info' | 'warn' | 'error' | 'silent';

const RANK: Record<Level, number> = { debug: 0, info: 1, warn: 2, error: 3, silent: 4 };

/** A stranger's text must not forge lines or colours in a log. */
export const oneLine = (text: string): string => text.replace(/\p{Cc}+/gu, ' ').slice(0, 4_000);

/** Lines at `level` and above go to `write`, standard error by default. */
export function createLogger(
  level: Level = 'info',
  write: (line: string) => void = (line) => process.stderr.write(`${line}\n`),
): Logger {
  const at =
    (own: Exclude<Level, 'silent'>) =>
    (...args: unknown[]): void => {
      if (RANK[own] >= RANK[level]) write(`${own.padEnd(5)} ${oneLine(format(...args))}`);
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** The same log with a name in front of each line. */
export function named(log: Logger, name: string): Logger {
  const put = (args: unknown[]): unknown[] => {
    const [first, ...more] = args;
    // In one text with the first argument, so that its %s and %d are filled in.
    return typeof first === 'string' ? [`[${name}] ${first}`, ...more] : [`[${name}]`, ...args];
  };
  return {
    debug: (...args) => log.debug(...put(args)),
    info: (...args) => log.info(...put(args)),
    warn: (...args) => log.warn(...put(args)),
    error: (...args) => log.error(...put(args)),
  };
}
