// What a type says about jobs with the same key, checked and read, and the key of a job.
import { createHash } from 'node:crypto';
import type { FieldError } from '@phraseworks/sdk';
import { unknownFields, valueAt } from '@phraseworks/sdk/host';
import type { Keyed, UniqueRule } from '../../job/keyed.ts';
import { DATA_PATH } from '../../kernel/config.ts';
import { millisecondsOf } from '../../kernel/duration.ts';
import { canonicalJson, decodeJson } from '../../kernel/json.ts';

/** Fits the column. */
const LONGEST_KEY = 190;
const MOST_PATHS = 10;
const PARTS = ['while', 'onConflict', 'quiet', 'maxWait'] as const;
const TIME = 'must be milliseconds, or a duration such as "10 seconds" or "10s"';

interface KeyOptions {
  key?: unknown;
  unique?: unknown;
}

type Given = Partial<Record<(typeof PARTS)[number], unknown>>;

/** Null if it is no time. */
const msOf = (given: unknown): number | null => millisecondsOf(given) || null;

const isObject = (given: unknown): given is Record<string, unknown> =>
  typeof given === 'object' && given !== null && !Array.isArray(given);

/** All mistakes in `key` and `unique` of a type. */
export function keyErrors({ key, unique }: KeyOptions): FieldError[] {
  const isList = Array.isArray(key) && key.length > 0 && key.length <= MOST_PATHS;
  const isPaths = isList && key.every((path) => typeof path === 'string' && DATA_PATH.test(path));
  const isWrong = key !== undefined && key !== 'data' && !isPaths;
  const message = `must be 'data', or 1 to ${MOST_PATHS} paths in the data, such as ['post', 'lang']`;
  const errors: FieldError[] = isWrong ? [{ path: 'key', message }] : [];
  if (unique === undefined) return errors;
  if (!isObject(unique)) return [...errors, { path: 'unique', message: 'must be an object' }];
  const unknown = unknownFields(unique, PARTS, 'unique');
  return [...errors, ...unknown, ...valueErrors(unique), ...mismatches(unique)];
}

function valueErrors(given: Given): FieldError[] {
  const errors: FieldError[] = [];
  const { while: during = 'waiting', onConflict = 'keep' } = given;
  if (isObject(during)) {
    errors.push(...unknownFields(during, ['period'], 'unique.while'));
    if (msOf(during.period) === null) errors.push({ path: 'unique.while.period', message: TIME });
  } else if (during !== 'waiting' && during !== 'active')
    errors.push({ path: 'unique.while', message: "must be 'waiting', 'active' or { period: '1h' }" });
  if (onConflict !== 'keep' && onConflict !== 'replace' && onConflict !== 'reject')
    errors.push({ path: 'unique.onConflict', message: "must be 'keep', 'replace' or 'reject'" });
  for (const name of ['quiet', 'maxWait'] as const)
    if (given[name] !== undefined && msOf(given[name]) === null) errors.push({ path: `unique.${name}`, message: TIME });
  return errors;
}

/** What cannot be together. */
function mismatches(given: Given): FieldError[] {
  const { while: during = 'waiting', onConflict, quiet, maxWait } = given;
  const errors: FieldError[] = [];
  const wrong = (path: string, message: string) => errors.push({ path: `unique.${path}`, message });
  if (during !== 'waiting' && onConflict === 'replace')
    wrong('onConflict', "cannot be 'replace' here: a job that runs or has run cannot be replaced");
  if (during !== 'waiting' && quiet !== undefined)
    wrong('quiet', "needs while: 'waiting', since only a waiting job can be put off");
  if (quiet !== undefined && onConflict === 'reject')
    wrong('onConflict', "cannot be 'reject' beside quiet: what is refused must not put off a job");
  if (maxWait === undefined) return errors;
  if (quiet === undefined) wrong('maxWait', 'needs quiet');
  else if ((msOf(maxWait) ?? 0) < (msOf(quiet) ?? 0)) wrong('maxWait', 'must be at least quiet');
  return errors;
}

/** Undefined for a type without keys, null for one whose jobs only run one after the other. The options are checked. */
export function ruleOf({ key, unique }: KeyOptions): UniqueRule | null | undefined {
  if (unique === undefined) return key === undefined ? undefined : null;
  const { while: during = 'waiting', onConflict = 'keep', quiet, maxWait } = unique as Given;
  return {
    while: isObject(during) ? 'period' : (during as 'waiting' | 'active'),
    onConflict: onConflict as UniqueRule['onConflict'],
    period: isObject(during) ? msOf(during.period) : null,
    quiet: msOf(quiet),
    maxWait: msOf(maxWait),
  };
}

/** The key of a job that is added, or what is wrong with it; null for a type without keys. `data`: JSON text. */
export function keyOf(
  job: { type: string; key?: string },
  data: string,
  options: KeyOptions,
  base: string,
): Omit<Keyed, 'by'> | FieldError | null {
  const rule = ruleOf(options);
  if (rule === undefined && job.key === undefined) return null;
  if (rule === undefined) {
    const message = `needs a type with keys: "${job.type}" has neither \`key\` nor \`unique\``;
    return { path: `${base}key`, message };
  }
  if (job.key !== undefined) return { key: job.key, rule };
  if (options.key === 'data') return { key: textOf([decodeJson(data)]), rule };
  const found = keyIn((options.key ?? []) as readonly string[], data);
  if ('key' in found) return { key: found.key, rule };
  return { path: `${base}data.${found.missing}`, message: 'has no value, but is part of the key' };
}

/** The key that the values at these paths make, or the first path that has none. `data`: JSON text. */
export function keyIn(paths: readonly string[], data: string): { key: string } | { missing: string } {
  const parsed = paths.length === 0 ? null : decodeJson(data);
  const values: unknown[] = [];
  for (const path of paths) {
    const value = valueAt(parsed, path.split('.')) ?? null;
    if (value === null) return { missing: path };
    values.push(value);
  }
  return { key: textOf(values) };
}

/** One value as it is, several as a list; empty for the key of a whole type. Long ones are hashed. */
function textOf(values: readonly unknown[]): string {
  const [only] = values;
  const isPlain = values.length === 1 && typeof only !== 'object';
  const text = values.length === 0 ? '' : isPlain ? String(only) : canonicalJson(JSON.stringify(values));
  return text.length <= LONGEST_KEY ? text : createHash('sha256').update(text).digest('base64url');
}
