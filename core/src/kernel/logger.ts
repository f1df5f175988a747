// The log: one line per entry, plain or JSON, or the host's own logger. Entries may have fields, as in pino: `log.warn({ job }, 'text')`.

import { format, types } from 'node:util';
import { type Logger, token } from '@phraseworks/sdk';
import { isSecretName, MASK, maskSecrets, maskText } from '@phraseworks/sdk/secrets';
import { type Clock, iso, systemClock } from './clock.ts';

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

const each = (at: (level: Own) => (...args: unknown[]) => void): Logger => ({
  debug: at('debug'),
  info: at('info'),
  warn: at('warn'),
  error: at('error'),
});

/** An object counts as fields only if it comes first and a text follows. */
function readLine(args: readonly unknown[]): { fields: LogFields; text: string } {
  const [first, ...more] = args;
  return isFields(first) && typeof more[0] === 'string'
    ? { fields: plainFields(first), text: maskText(format(...masked(more))) }
    : { fields: {}, text: maskText(format(...masked(args))) };
}

/** Plain JSON without secrets. Errors stay errors, for loggers that support them. */
const plainFields = (fields: LogFields): LogFields =>
  maskSecrets(Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, plainValue(value)])));

function plainValue(value: unknown): unknown {
  if (value instanceof Error) return masked([value])[0];
  if (typeof value !== 'object' || value === null) return typeof value === 'bigint' ? String(value) : value;
  try {
    const text = JSON.stringify(value, (_, inner: unknown) =>
      typeof inner === 'bigint' ? String(inner) : inner instanceof Error ? printed(inner) : inner,
    );
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return printed(value);
  }
}

const printed = (value: unknown): string => format(...masked([value]));

/** Log arguments without secrets. Masks objects before formatting, while their keys are known. */
export function masked(args: readonly unknown[]): unknown[] {
  const seen = new Map<object, unknown>();
  return args.map((arg) => copyOf(arg, seen, 0));
}

const DEEPEST = 6;

/** A masked copy for printing; cycles are kept. Values that cannot be copied (proxies that throw, classes with accessors) stay as they are. */
function copyOf(value: unknown, seen: Map<object, unknown>, depth: number): unknown {
  if (typeof value === 'string') return maskText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > DEEPEST) return maskText(format(value));
  const known = seen.get(value);
  if (known !== undefined) return known;
  try {
    if (value instanceof Error) return errorCopy(value, seen, depth);
    if (value instanceof Map) {
      const entries = [...value].map(([key, inner]) => [key, entryOf(key, inner, seen, depth)] as const);
      return new Map(entries);
    }
    if (value instanceof Set) return new Set([...value].map((inner) => copyOf(inner, seen, depth + 1)));
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer || types.isDate(value)) return value;
    if ('toJSON' in value && typeof value.toJSON === 'function') return copyOf(value.toJSON(), seen, depth + 1);
    const copy: object = Array.isArray(value) ? [] : Object.create(Object.getPrototypeOf(value));
    seen.set(value, copy);
    copyEntries(value, copy, seen, depth);
    return Object.keys(copy).length === 0 ? value : copy;
  } catch {
    return value;
  }
}

function errorCopy(error: Error, seen: Map<object, unknown>, depth: number): Error {
  const copy = new Error(maskText(error.message));
  seen.set(error, copy);
  Object.setPrototypeOf(copy, Object.getPrototypeOf(error));
  const hidden = { enumerable: false, configurable: true, writable: true };
  Object.defineProperty(copy, 'stack', {
    ...hidden,
    value: error.stack === undefined ? undefined : maskText(error.stack),
  });
  if (Object.hasOwn(error, 'name')) Object.defineProperty(copy, 'name', { ...hidden, value: error.name });
  if (error.cause !== undefined)
    Object.defineProperty(copy, 'cause', { ...hidden, value: copyOf(error.cause, seen, depth + 1) });
  copyEntries(error, copy, seen, depth);
  return copy;
}

function copyEntries(from: object, to: object, seen: Map<object, unknown>, depth: number): void {
  for (const key of Object.keys(from)) {
    const value = entryOf(key, (from as Record<string, unknown>)[key], seen, depth);
    Object.defineProperty(to, key, { value, enumerable: true, configurable: true, writable: true });
  }
}

const entryOf = (key: unknown, inner: unknown, seen: Map<object, unknown>, depth: number): unknown => {
  const isSet = inner !== null && inner !== undefined && inner !== '' && typeof inner !== 'boolean';
  return isSet && typeof key === 'string' && isSecretName(key) ? MASK : copyOf(inner, seen, depth + 1);
};

function isFields(value: unknown): value is LogFields {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
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
    if (isFields(first) && typeof more[0] === 'string') return [first, ...put(more)];
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
