// Reads the words of a command line against the options of a command. Pure.
import { parseArgs } from 'node:util';
import { type OptionSpecs, UsageError, type Values } from './command.ts';
import { nearest } from './nearest.ts';

/** Every command has these. */
export const GLOBAL = {
  config: { type: 'string', value: 'FILE', about: 'the configuration (jobs.config.ts, .js or .mjs here, by default)' },
  database: { type: 'string', value: 'URL', about: 'the database; before JOBS_DATABASE, before the configuration' },
  json: { type: 'boolean', about: 'JSON on standard output, and nothing else there' },
  help: { type: 'boolean', short: 'h', about: 'this text' },
} as const satisfies OptionSpecs;

export interface Read<O extends OptionSpecs> {
  values: Values<O>;
  positionals: string[];
}

/** A name that may be repeated in a message: a value that was mistyped as a flag stays out of logs. */
const nameable = (name: string): string => (/^[a-z][a-z-]{0,29}$/.test(name) ? ` --${name}` : '');

/** Throws `UsageError` with one line for the first option that is not known, or comes without its value. */
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
  const meant = near ? `did you mean --${near}?` : `there are ${names.map((one) => `--${one}`).join(', ')}.`;
  return new UsageError(`There is no option${nameable(name)} here: ${meant}`);
}

/** Splits the command's name from the rest; the global options may come before it. */
export function splitCommand(args: readonly string[]): { name: string | undefined; rest: string[] } {
  const options = Object.fromEntries(Object.entries(GLOBAL).map(([name, { type }]) => [name, { type }]));
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true });
  const first = tokens.find((token) => token.kind === 'positional');
  if (!first) return { name: undefined, rest: [...args] };
  return { name: first.value, rest: args.filter((_, index) => index !== first.index) };
}

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
