// What a type says about jobs with the same key, read and checked, and the key of a job.
import { createHash } from 'node:crypto';
import { type FieldError, parseDuration } from '@phraseworks/sdk';
import { canonicalJson, valueAt } from '../../kernel/json.ts';
import type { Keyed, UniqueRule } from '../../store/keys.ts';

/** Fits the column. */
const LONGEST_KEY = 190;
const MOST_PATHS = 10;
const PATH = /^[\p{L}\p{N}_-]+(?:\.[\p{L}\p{N}_-]+)*$/u;

const PARTS = ['while', 'period', 'onConflict', 'quiet', 'maxWait'] as const;

interface KeyOptions {
  key?: readonly string[] | 'data';
  unique?: unknown;
}

/** All mistakes in `key` and `unique` of a type. */
export function keyErrors({ key, unique }: { key?: unknown; unique?: unknown }): FieldError[] {
  const errors: FieldError[] = [];
  const wrong = (path: string, message: string) => errors.push({ path, message });
  const isList = Array.isArray(key) && key.length > 0 && key.length <= MOST_PATHS;
  const isPaths = isList && key.every((path) => typeof path === 'string' && PATH.test(path));
  if (key !== undefined && key !== 'data' && !isPaths)
    wrong('key', `must be 'data', or 1 to ${MOST_PATHS} paths in it, such as ['post', 'lang']`);
  if (unique === undefined) return errors;
  if (typeof unique !== 'object' || unique === null)
    return [...errors, { path: 'unique', message: 'must be an object' }];
  const given = unique as Record<string, unknown>;
  for (const name of Object.keys(given))
    if (!(PARTS as readonly string[]).includes(name))
      wrong(`unique.${name}`, `is unknown: there are ${PARTS.join(', ')}`);
  const { while: during = 'waiting', onConflict = 'keep' } = given;
  if (during !== 'waiting' && during !== 'active') wrong('unique.while', 'must be waiting or active');
  if (onConflict !== 'keep' && onConflict !== 'replace' && onConflict !== 'reject')
    wrong('unique.onConflict', 'must be keep, replace or reject');
  const [period, quiet, maxWait] = (['period', 'quiet', 'maxWait'] as const).map((name) => {
    if (given[name] === undefined) return undefined;
    const ms = msOf(given[name]);
    if (ms === null) wrong(`unique.${name}`, 'must be milliseconds, or text such as "10 seconds"');
    return ms ?? undefined;
  });
  if (given.period !== undefined) {
    for (const name of ['while', 'quiet', 'maxWait'] as const)
      if (given[name] !== undefined)
        wrong(`unique.${name}`, 'cannot be beside a period, which counts from the first job');
    if (onConflict === 'replace')
      wrong('unique.onConflict', 'cannot be replace beside a period: the first job may have run already');
  }
  if (during === 'active' && onConflict === 'replace')
    wrong('unique.onConflict', 'cannot be replace while active: a running job cannot be replaced');
  if (during === 'active' && given.quiet !== undefined)
    wrong('unique.quiet', 'needs while: "waiting", since a running job cannot be postponed');
  if (given.quiet !== undefined && onConflict === 'reject')
    wrong('unique.onConflict', 'cannot be reject beside quiet: what is refused must not postpone');
  if (given.maxWait !== undefined && given.quiet === undefined) wrong('unique.maxWait', 'needs quiet');
  if (quiet !== undefined && maxWait !== undefined && maxWait < quiet)
    wrong('unique.maxWait', 'must be at least quiet');
  if (period === 0) wrong('unique.period', 'must be more than 0');
  return errors;
}

function msOf(given: unknown): number | null {
  if (typeof given === 'string') return parseDuration(given);
  return typeof given === 'number' && Number.isSafeInteger(given) && given >= 0 ? given : null;
}

/** Null for jobs that only follow each other. */
export function ruleOf(unique: unknown): UniqueRule | null {
  if (unique === undefined) return null;
  const given = unique as Record<(typeof PARTS)[number], unknown>;
  return {
    while: given.period !== undefined ? 'period' : given.while === 'active' ? 'active' : 'waiting',
    onConflict: (given.onConflict ?? 'keep') as UniqueRule['onConflict'],
    period: msOf(given.period),
    quiet: msOf(given.quiet),
    maxWait: msOf(given.maxWait),
  };
}

/** Undefined for a type without keys. */
export const keyRuleOf = ({ key, unique }: KeyOptions): UniqueRule | null | undefined =>
  key === undefined && unique === undefined ? undefined : ruleOf(unique);

/** The key of a job by all of its data or by these paths in it, or the first path that has no value; the key of the whole type without paths. */
export function keyOf(paths: KeyOptions['key'], data: unknown): { key: string } | { missing: string } {
  const values: unknown[] = [];
  if (paths === 'data') values.push(data);
  else
    for (const path of paths ?? []) {
      const value = valueAt(data, path.split('.'));
      if (value === undefined || value === null) return { missing: path };
      values.push(value);
    }
  const text = values.map((value) =>
    typeof value === 'object' ? canonicalJson(JSON.stringify(value)) : String(value),
  );
  const key = text.length === 1 ? (text[0] as string) : JSON.stringify(text);
  return {
    key: key.length > 0 && key.length <= LONGEST_KEY ? key : createHash('sha256').update(key).digest('base64url'),
  };
}

/** The key of a job that is added, with what its type says of it; null for types without keys. */
export function keyedOf(
  job: { type: string; data: unknown; key?: string },
  options: KeyOptions,
  base: string,
): { keyed: Keyed | null } | { error: FieldError } {
  const { key: paths, unique } = options;
  if (paths === undefined && unique === undefined) {
    if (job.key === undefined) return { keyed: null };
    return {
      error: {
        path: `${base}key`,
        message: `needs a type with keys: "${job.type}" has neither \`key\` nor \`unique\``,
      },
    };
  }
  const rule = ruleOf(unique);
  if (job.key !== undefined) return { keyed: { key: job.key, rule } };
  const found = keyOf(paths, job.data);
  if ('key' in found) return { keyed: { key: found.key, rule } };
  return { error: { path: `${base}data.${found.missing}`, message: 'has no value, but is part of the key' } };
}
