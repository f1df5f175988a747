// Standard Schema: any validator (zod, valibot, arktype, ...) can describe data and config.
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { FieldError } from './errors.ts';

export type { StandardSchemaV1 } from '@standard-schema/spec';
export type Schema<I = unknown, O = I> = StandardSchemaV1<I, O>;

// biome-ignore lint/suspicious/noExplicitAny: a schema of any input and output
export type AnySchema = StandardSchemaV1<any, any>;
type IsAny<T> = 0 extends 1 & T ? true : false;
/** The input of a schema; other types stay unchanged. */
export type InputOf<S> = IsAny<S> extends true ? S : S extends AnySchema ? StandardSchemaV1.InferInput<S> : S;
/** The output of a schema; other types stay unchanged. */
export type OutputOf<S> = IsAny<S> extends true ? S : S extends AnySchema ? StandardSchemaV1.InferOutput<S> : S;

/** `thrown`: what the schema threw, for the log of its author; the errors do not repeat it. */
export type Parsed<O> = { ok: true; value: O } | { ok: false; errors: FieldError[]; thrown?: unknown };

/** `data.to is required`, or `data.to: Pick a post` if the message starts with a capital letter. */
export function errorText({ path, message }: FieldError): string {
  if (path === '') return message;
  return `${path}${/^\p{Lu}/u.test(message) ? ':' : ''} ${message}`;
}

const PLAIN_KEY = /^[A-Za-z0-9_$-]{1,64}$/;

/** `['items', 0, 'to']` below `data` becomes `data.items[0].to`; unusual keys are omitted, since they come from the caller. */
export function fieldPath(base: string, path: readonly unknown[]): string {
  let text = base;
  for (const part of path) {
    const key = typeof part === 'object' && part !== null && 'key' in part ? (part as { key: unknown }).key : part;
    if (typeof key === 'number') text += `[${key}]`;
    else if (typeof key === 'string' && PLAIN_KEY.test(key)) text += text === '' ? key : `.${key}`;
    else text += text === '' ? '(key)' : '.(key)';
  }
  return text;
}

/** The value at `path` in `input`; undefined if that is missing. */
function at(input: unknown, path: readonly unknown[]): unknown {
  let value = input;
  for (const part of path) {
    const key = typeof part === 'object' && part !== null && 'key' in part ? (part as { key: unknown }).key : part;
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key as PropertyKey];
  }
  return value;
}

interface ZodLikeIssue {
  code?: string;
  expected?: string;
  minimum?: number | bigint;
  maximum?: number | bigint;
  values?: unknown[];
  format?: string;
  keys?: string[];
  params?: { message?: string };
  /** For a union: the errors of each variant. */
  errors?: readonly (readonly StandardSchemaV1.Issue[])[];
}

/** The most errors reported at once; fixing them reveals the rest. */
const MOST = 100;
/** With more values, messages are not searched for them: our own words are shown. */
const MOST_VALUES = 5_000;

type PathPart = NonNullable<StandardSchemaV1.Issue['path']>[number];

/** How the messages of zod and valibot begin, and those of arktype end, unless the schema's author wrote them. */
const OF_LIBRARY = /^(?:Invalid |Too (?:small|big)\b|Unrecognized key)|\(was .*\)$/;

/** What the caller sent, to keep it out of messages: the strings, long keys and numbers. Made once per check, and only if a message needs it. */
class Sent {
  readonly #input: unknown;
  readonly #answers = new Map<string, boolean>();
  #values: Set<string> | undefined;

  constructor(input: unknown) {
    this.#input = input;
  }

  /** Does the message repeat a value as a whole, or quote a part of one? Strings of one or two characters are ignored, because they also occur in ordinary words. */
  isIn(message: string): boolean {
    const known = this.#answers.get(message);
    if (known !== undefined) return known;
    this.#values ??= valuesOf(this.#input, new Set());
    const text = message.toLowerCase();
    const quoted = [...text.matchAll(/["'`“‘]([^"'`”’]{3,})/g)].map(([, part = '']) => part);
    const numbers = new Set(text.match(/(?<![\p{L}\p{N}.])-?\d+(?:\.\d+)?(?![\p{L}\p{N}])/gu));
    let found = this.#values.size > MOST_VALUES;
    for (const value of this.#values) {
      found ||=
        numbers.has(value) || (value.length > 2 && text.includes(value)) || quoted.some((part) => value.includes(part));
      if (found) break;
    }
    this.#answers.set(message, found);
    return found;
  }
}

function valuesOf(value: unknown, found: Set<string>, seen = new Set<unknown>()): Set<string> {
  if (typeof value === 'string') found.add(value.trim().toLowerCase());
  else if (typeof value === 'number' || typeof value === 'bigint') found.add(String(value));
  else if (typeof value === 'object' && value !== null && !seen.has(value)) {
    seen.add(value);
    for (const [key, inner] of Object.entries(value)) {
      if (!Array.isArray(value) && key.length > 20) found.add(key.toLowerCase());
      valuesOf(inner, found, seen);
    }
  }
  return found;
}

/** The message that the schema's author wrote; undefined for a library's own, and for one that repeats what the caller sent. */
function authored({ message }: StandardSchemaV1.Issue, sent: Sent): string | undefined {
  if (typeof message !== 'string' || message.trim() === '' || OF_LIBRARY.test(message)) return undefined;
  return sent.isIn(message) ? undefined : message.trim();
}

/** The author's message, else our own words: a library's message may repeat the caller's value. */
function describe(issue: StandardSchemaV1.Issue, missing: boolean, sent: Sent): string {
  const own = authored(issue, sent);
  if (own !== undefined) return own;
  if (missing) return 'is required';
  const known = issue as unknown as ZodLikeIssue;
  switch (known.code) {
    case 'invalid_type':
      return `must be ${known.expected ?? 'of a different type'}`;
    case 'too_small':
      return `is too small or too short: at least ${String(known.minimum)}`;
    case 'too_big':
      return `is too large or too long: at most ${String(known.maximum)}`;
    case 'invalid_value':
      return `must be one of ${(known.values ?? []).map((v) => JSON.stringify(v)).join(', ')}`;
    case 'invalid_format':
      return `is not a valid ${known.format === 'regex' ? 'value' : (known.format ?? 'value')}`;
    case 'unrecognized_keys':
      return 'has an unknown key';
    case 'custom':
      return known.params?.message ?? 'is not valid';
    default:
      return 'is not valid';
  }
}

/**
 * Checks `input` against `schema`. Never throws; lists every error with its path under `base`.
 * Uses the author's messages if there are any; otherwise messages name fields and limits. They never contain the caller's values.
 */
export async function parse<O>(schema: Schema<unknown, O>, input: unknown, base: string): Promise<Parsed<O>> {
  return parseNow(schema, input, base);
}

/** Like `parse`, but synchronous if the schema allows it: most do, and adding a job is a hot path. */
export function parseNow<O>(schema: Schema<unknown, O>, input: unknown, base: string): Parsed<O> | Promise<Parsed<O>> {
  // A broken schema must not look like the caller's mistake.
  const failed = (thrown: unknown): Parsed<O> => ({
    ok: false,
    errors: [{ path: base, message: 'could not be checked: its schema threw' }],
    thrown,
  });
  try {
    const outcome = schema['~standard'].validate(input);
    if (!(outcome instanceof Promise)) return readOutcome(outcome, input, base);
    return outcome.then((later) => readOutcome(later, input, base)).catch(failed);
  } catch (error) {
    return failed(error);
  }
}

function readOutcome<O>(outcome: StandardSchemaV1.Result<O>, input: unknown, base: string): Parsed<O> {
  if (!outcome.issues) return { ok: true, value: outcome.value };
  const sent = new Sent(input);
  return {
    ok: false,
    errors: outcome.issues.slice(0, MOST).flatMap((issue) => mistakes(issue, [], input, base, sent)),
  };
}

function mistakes(
  issue: StandardSchemaV1.Issue,
  above: readonly PathPart[],
  input: unknown,
  base: string,
  sent: Sent,
): FieldError[] {
  const path = [...above, ...(issue.path ?? [])];
  const branch = closest((issue as unknown as ZodLikeIssue).errors ?? []);
  if (branch) return branch.flatMap((inner) => mistakes(inner, path, input, base, sent));
  const missing = path.length > 0 && at(input, path) === undefined;
  return [{ path: fieldPath(base, path), message: describe(issue, missing, sent) }];
}

/** Of several variants, the one closest to the value: the one with the deepest errors. */
function closest(
  branches: readonly (readonly StandardSchemaV1.Issue[])[],
): readonly StandardSchemaV1.Issue[] | undefined {
  const depth = (branch: readonly StandardSchemaV1.Issue[]) =>
    Math.max(0, ...branch.map((issue) => issue.path?.length ?? 0));
  const deepest = [...branches].sort((a, b) => depth(b) - depth(a))[0];
  return deepest && depth(deepest) > 0 ? deepest : undefined;
}
