// Reads the words of a command line: the options of a command, numbers, times and JSON.

import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { nearest } from '@phraseworks/jobs/internals/base';
import { parseDuration } from '@phraseworks/sdk';

/** Every command has these. */
export const GLOBAL = {
  config: { type: 'string', value: 'FILE', about: 'the configuration (jobs.config.ts, .js or .mjs here, by default)' },
  database: { type: 'string', value: 'URL', about: 'the database; overrides JOBS_DATABASE and the configuration' },
  json: { type: 'boolean', about: 'print only JSON to standard output' },
  help: { type: 'boolean', short: 'h', about: 'show this help' },
} as const satisfies OptionSpecs;

export interface Read<O extends OptionSpecs> {
  values: Values<O>;
  positionals: string[];
}

/** Repeats only what looks like an option's name: a value that was mistyped as a flag stays out of logs. */
const nameable = (name: string): string => (/^[a-z][a-z-]{0,29}$/.test(name) ? ` --${name}` : '');

/** Throws `UsageError` for the first option that is unknown or has no value. */
export function readArguments<const O extends OptionSpecs>(args: readonly string[], options: O): Read<O> {
  const known = Object.fromEntries(
    Object.entries(options).map(([name, { type, short }]) => [name, { type, ...(short ? { short } : {}) }]),
  );
  const { tokens } = parseArgs({
    args: [...args],
    options: known,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values: Record<string, string | boolean> = {};
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const { name, value, inlineValue } = token;
    const option = Object.hasOwn(options, name) ? options[name] : undefined;
    if (!option) throw unknownOption(name, Object.keys(options));
    if (option.type === 'boolean') {
      if (value !== undefined) throw new UsageError(`--${name} takes no value.`);
      values[name] = true;
    } else {
      const forgotten = value === undefined || value === '' || (!inlineValue && /^-./.test(value));
      if (forgotten) throw new UsageError(`--${name} needs a value: --${name} ${option.value ?? 'VALUE'}.`);
      values[name] = value;
    }
  }
  return { values: values as Values<O>, positionals };
}

function unknownOption(name: string, names: readonly string[]): UsageError {
  const near = nearest(name, names);
  const meant = near ? `did you mean --${near}?` : `the options are ${names.map((one) => `--${one}`).join(', ')}.`;
  return new UsageError(`Unknown option${nameable(name)}: ${meant}`);
}

/** Which site a command works on. */
export interface Wanted {
  /** `--config` */
  config: string | undefined;
  /** `--database` */
  database: string | undefined;
}

/** Splits the command's name from the rest; the global options may come before it. Ignores the command's own options, which are not known yet. */
export function splitCommand(args: readonly string[]): { name: string | undefined; rest: string[]; wanted: Wanted } {
  const options = Object.fromEntries(Object.entries(GLOBAL).map(([name, { type }]) => [name, { type }]));
  const parsed = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true });
  const first = parsed.tokens.find((token) => token.kind === 'positional');
  const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
  return {
    name: first?.value,
    rest: args.filter((_, index) => index !== first?.index),
    wanted: { config: text(parsed.values.config), database: text(parsed.values.database) },
  };
}

/** Only what was given: an option that is left out is no option with the value `undefined`. */
export const given = <T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;

/** A whole number in a range. Throws `UsageError`. */
export function whole(text: string | undefined, option: string, least: number, most: number): number | undefined {
  if (text === undefined) return undefined;
  const n = Number(text);
  if (/^\d{1,15}$/.test(text) && n >= least && n <= most) return n;
  throw new UsageError(`${option} must be a whole number from ${least} to ${most}.`);
}

/** One of `words`. Throws `UsageError` with the nearest one. */
export function oneOf<W extends string>(text: string | undefined, what: string, words: readonly W[]): W | undefined {
  if (text === undefined) return undefined;
  const found = words.find((word) => word === text);
  if (found !== undefined) return found;
  const near = nearest(text, words);
  throw new UsageError(`${what} must be one of ${words.join(', ')}${near ? `: did you mean ${near}?` : '.'}`);
}

/** `ACTION NAME`; without a word, `list`, which takes no name. Throws `UsageError`; `thing` is what has the name: `a plugin`. */
export function actionOn<A extends string>(
  [word = 'list', name]: readonly string[],
  command: string,
  thing: string,
  actions: readonly A[],
): { action: 'list' } | { action: A; name: string } {
  const action = oneOf(word, 'The action', ['list', ...actions] as const);
  if (action === undefined || action === 'list') {
    if (name !== undefined) throw new UsageError(`${command} list takes no name.`);
    return { action: 'list' };
  }
  if (name === undefined) throw new UsageError(`${command} ${action} needs the name of ${thing}.`);
  return { action: action as A, name };
}

const UNITS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/** A time in milliseconds, from `1500`, `30s`, `5m`, `2h`, `1d` or words. Throws `UsageError`. */
export function milliseconds(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined;
  const [, count = '', unit = 'ms'] = /^(\d{1,12})([a-z]*)$/.exec(text) ?? [];
  const factor = Object.hasOwn(UNITS, unit || 'ms') ? UNITS[unit || 'ms'] : undefined;
  if (count !== '' && factor !== undefined) return Number(count) * factor;
  const words = parseDuration(text);
  if (words !== null) return words;
  throw new UsageError(`${option} must be milliseconds, or a time like 30s, 5m, 2h, 1d or '3 days'.`);
}

/** JSON from an argument: the text itself, `-` for standard input, `@file` for a file. Throws `UsageError`; `what` names the argument. */
export async function readJson(given: string, what: string, cwd: string): Promise<unknown> {
  const text = await read(given, cwd);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new UsageError(
      text.trim() === ''
        ? `${what} is empty: give JSON, like '{"to":"ada@example.com"}'.`
        : `${what} is not valid JSON: put it in single quotes, with keys and strings in double quotes.`,
    );
  }
}

async function read(given: string, cwd: string): Promise<string> {
  if (given === '-') return textOf(process.stdin);
  if (!given.startsWith('@')) return given;
  try {
    return await readFile(resolve(cwd, given.slice(1)), 'utf8');
  } catch {
    throw new UsageError('The file after the @ cannot be read.');
  }
}
export interface OptionSpec {
  type: 'string' | 'boolean';
  short?: string;
  /** The name of the value in the help: `N`, `STATE`. */
  value?: string;
  about: string;
}

export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

export type Values<O extends OptionSpecs> = {
  readonly [K in keyof O]?: O[K]['type'] extends 'boolean' ? boolean : string;
};
/** Wrong usage of the command line: one line, exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
