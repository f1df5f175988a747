// The log: one line per entry, plain or JSON, or the host's own logger. Entries may have fields, as in pino: `log.warn({ job }, 'text')`.
import { format } from 'node:util';
import { type Logger, token } from '@phraseworks/sdk';
import { maskSecrets, maskText } from '@phraseworks/sdk/secrets';
import { type Clock, iso, systemClock } from './clock.ts';
import { isPlain } from './json.ts';

export type { Logger } from '@phraseworks/sdk';
export type Log = Logger;
export const Log = token<Log>('core/log');
export type Level = 'debug' | 'info' | 'warn' | 'error' | 'silent';
export type LogFormat = 'plain' | 'json';
export type LogFields = Readonly<Record<string, unknown>>;

const RANK: Record<Level, number> = { debug: 0, info: 1, warn: 2, error: 3, silent: 4 };
type Own = Exclude<Level, 'silent'>;

/** Characters of one line. */
const LONGEST = 4_000;

/** Removes control and formatting characters, so that external text cannot forge log lines, colours or text direction. */
export const oneLine = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, LONGEST);

interface LoggerOptions {
  format?: LogFormat;
  /** Milliseconds since 1970, for JSON. */
  now?: () => number;
}

/** Lines at `level` and above go to `write`, standard error by default. */
export function createLogger(
  level: Level = 'info',
  write: (line: string) => void = (line) => process.stderr.write(`${line}\n`),
  { format: form = 'plain', now = systemClock.now }: LoggerOptions = {},
): Logger {
  return each((own) => (...args) => {
    if (RANK[own] < RANK[level]) return;
    const { fields, text } = readLine(args);
    write(form === 'json' ? jsonLine(own, iso(now()), text, fields) : plainLine(own, text, fields));
  });
}

/** Loggers that this file made: they mask secrets and take fields, so `hostLog` leaves them as they are. */
const ours = new WeakSet<Logger>();

function each(at: (level: Own) => (...args: unknown[]) => void): Logger {
  const log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  ours.add(log);
  return log;
}

/** An object counts as fields only if it comes first and a text follows. */
function readLine(args: readonly unknown[]): { fields: LogFields; text: string } {
  const [first, ...more] = args;
  return isPlain(first) && typeof more[0] === 'string'
    ? { fields: plainFields(first), text: maskText(format(...masked(more))) }
    : { fields: {}, text: maskText(format(...masked(args))) };
}

/** Without secrets. An error stays an error. */
const plainFields = (fields: LogFields): LogFields =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      value instanceof Error ? copyOf(value) : (copyOf({ [name]: value }) as LogFields)[name],
    ]),
  );

/** Log arguments without secrets. Masks objects before formatting, while their keys are known. */
export const masked = (args: readonly unknown[]): unknown[] => args.map((arg) => copyOf(arg));

/** A masked copy for printing: objects as JSON, and errors as errors, for loggers that support them. */
function copyOf(value: unknown, above = 0): unknown {
  if (typeof value === 'string') return maskText(value);
  if (value instanceof Error) return errorCopy(value, above);
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  try {
    const text = JSON.stringify(value, (_, inner: unknown) => {
      if (inner instanceof Error) return inner.stack ?? inner.message;
      return typeof inner === 'bigint' ? String(inner) : inner;
    });
    return maskSecrets(JSON.parse(text ?? 'null'));
  } catch {
    return '[an object that is not JSON]';
  }
}

/** Causes of causes that are shown. */
const DEEPEST = 6;

function errorCopy(error: Error, above: number): Error {
  const copy = new Error(maskText(error.message));
  Object.setPrototypeOf(copy, Object.getPrototypeOf(error));
  copy.stack = maskText(error.stack ?? '');
  for (const key of Object.keys(error)) {
    const value = copyOf({ [key]: (error as unknown as LogFields)[key] });
    // What is not JSON, such as a socket, says nothing about the error.
    if (typeof value === 'object') Object.defineProperties(copy, Object.getOwnPropertyDescriptors(value));
  }
  if (error.cause !== undefined && above < DEEPEST) copy.cause = copyOf(error.cause, above + 1);
  return copy;
}

/** `warn  text job=0193 attempt=2` */
function plainLine(level: Own, text: string, fields: LogFields): string {
  const shown = Object.entries(fields).filter(([, value]) => value !== null && value !== undefined);
  const tail = oneLine(shown.map(([name, value]) => ` ${name}=${fieldText(value)}`).join(''));
  return `${level.padEnd(5)} ${oneLine(text).slice(0, LONGEST - tail.length)}${tail}`;
}

function fieldText(value: unknown): string {
  // String() throws for objects without a prototype.
  if (typeof value === 'object') return JSON.stringify(value instanceof Error ? format(value) : value);
  const text = String(value);
  return /^[\w./:-]+$/.test(text) ? text : JSON.stringify(text);
}

function jsonLine(level: Own, time: string, msg: string, fields: LogFields): string {
  const line = { level, time, msg: msg.slice(0, LONGEST) };
  const shown = Object.entries(fields).map(([name, value]) => [name, value instanceof Error ? format(value) : value]);
  // JSON keeps these characters, but terminals interpret them.
  return JSON.stringify({ ...Object.fromEntries(shown), ...line }).replace(/[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu, ' ');
}

/** Prefixes each line with a name. */
export function named(log: Logger, name: string): Logger {
  const put = (args: readonly unknown[]): unknown[] => {
    const [first, ...more] = args;
    if (isPlain(first) && typeof more[0] === 'string') return [first, ...put(more)];
    // Joined with the first argument, so that %s and %d still work.
    return typeof first === 'string' ? [`[${name}] ${first}`, ...more] : [`[${name}]`, ...args];
  };
  return each(
    (level) =>
      (...args) =>
        log[level](...put(args)),
  );
}

/** Adds fields to each line. */
export function withFields(log: Logger, fields: LogFields): Logger {
  return each(
    (level) =>
      (...args) =>
        log[level](fields, format(...args)),
  );
}

/**
 * Adapts the host's logger. A logger like pino receives fields and one text;
 * any other is called like the console, with the fields appended to the text. Ignores its errors.
 */
export function hostLog(log: Logger): Logger {
  if (ours.has(log)) return log;
  const takesFields = typeof (log as { bindings?: unknown }).bindings === 'function';
  return each((level) => (...given) => {
    const args = masked(given);
    const { fields, text } = readLine(given);
    const error = args.find((arg) => arg instanceof Error);
    try {
      const write = (...line: unknown[]): unknown => log[level](...line);
      let written: unknown;
      if (takesFields) written = write({ ...fields, ...(error ? { err: error } : {}) }, text);
      else if (Object.keys(fields).length > 0) written = write(plainLine(level, text, fields).slice(6));
      else written = write(...args);
      if (written instanceof Promise) written.catch(() => {});
    } catch {
      // A failing logger must not end the process.
    }
  });
}

/** Milliseconds. */
const REPEAT_AFTER = 30_000;
const UNAVAILABLE = 'The database is not available';

const isOutage = (args: readonly unknown[]): boolean =>
  args.some((arg) => typeof arg === 'string' && arg.includes(UNAVAILABLE));

/**
 * Logs at most one line per half minute about an unavailable database; further ones
 * are logged at level `debug`.
 */
export function warnOnce(log: Logger, clock: Clock): Logger {
  let loggedAt = Number.NEGATIVE_INFINITY;
  const at =
    (level: 'info' | 'warn' | 'error') =>
    (...args: unknown[]): void => {
      const now = clock.now();
      const known = isOutage(args) && Math.abs(now - loggedAt) < REPEAT_AFTER;
      if (isOutage(args) && !known) loggedAt = now;
      log[known ? 'debug' : level](...args);
    };
  return { debug: (...args) => log.debug(...args), info: at('info'), warn: at('warn'), error: at('error') };
}
