// What a type says about jobs with the same key, checked and read, and the key of a job.
import type { FieldError } from '@phraseworks/sdk';
import { valueAt } from '@phraseworks/sdk/host';
import { z } from 'zod';
import { fitting, type UniqueRule } from '../../job/keyed.ts';
import { DATA_PATH, mistakesIn, time, wrong } from '../../kernel/config.ts';
import { millisecondsOf } from '../../kernel/duration.ts';
import { canonicalJson, decodeJson } from '../../kernel/json.ts';

const MOST_PATHS = 10;

interface KeyOptions {
  key?: unknown;
  unique?: unknown;
}

const Paths = z.array(z.string().regex(DATA_PATH)).min(1).max(MOST_PATHS);
const key = z
  .unknown()
  .refine(
    (given) => given === 'data' || given === 'given' || Paths.safeParse(given).success,
    wrong(`must be 'data', 'given', or 1 to ${MOST_PATHS} paths in the data, such as ['post', 'lang']`),
  )
  .optional();
const Unique = z.strictObject({
  while: z
    .string()
    .refine(
      (given) => given === 'waiting' || given === 'active',
      wrong("must be 'waiting', 'active' or { period: '1h' }"),
    )
    .optional(),
  onConflict: z.enum(['keep', 'replace', 'reject']).optional(),
  quiet: time.optional(),
  maxWait: time.optional(),
});
const OfPeriod = Unique.extend({ while: z.strictObject({ period: time }) });

/** All mistakes in `key` and `unique` of a type. */
export function keyErrors(given: KeyOptions): FieldError[] {
  const { unique } = given as { unique?: UniqueRule | null };
  const schema = typeof unique?.while === 'object' ? OfPeriod : Unique;
  const errors = mistakesIn(z.object({ key, unique: schema.optional() }), given);
  return errors.length > 0 || !unique ? errors : mismatches(unique);
}

/** What cannot be together. */
function mismatches({ while: during = 'waiting', onConflict, quiet, maxWait }: UniqueRule): FieldError[] {
  const replaces = "cannot be 'replace' here: a job that runs or has run cannot be replaced";
  const rules: [boolean, path: string, message: string][] = [
    [during !== 'waiting' && onConflict === 'replace', 'onConflict', replaces],
    [during !== 'waiting' && !!quiet, 'quiet', "needs while: 'waiting', since only a waiting job can be put off"],
    [
      !!quiet && onConflict === 'reject',
      'onConflict',
      "cannot be 'reject' beside quiet: what is refused must not put off a job",
    ],
    [!!maxWait && !quiet, 'maxWait', 'needs quiet'],
    [!!maxWait && Number(millisecondsOf(maxWait)) < Number(millisecondsOf(quiet)), 'maxWait', 'must be at least quiet'],
  ];
  return rules.flatMap(([isBroken, path, message]) => (isBroken ? [{ path: `unique.${path}`, message }] : []));
}

/** Undefined for a type without keys, null for one whose jobs only run one after the other. The options are checked. */
export const ruleOf = ({ key, unique }: KeyOptions): UniqueRule | null | undefined =>
  unique === undefined && key !== undefined ? null : (unique as UniqueRule | undefined);

/** The key of a job that is added and what it means, or what is wrong with it; null for a type without keys. `data`: JSON text. */
export function keyOf(
  job: { type: string; key?: string },
  data: string,
  options: KeyOptions,
  base: string,
): { key: string; rule: UniqueRule | null } | FieldError | null {
  const rule = ruleOf(options);
  if (rule === undefined) {
    const message = `needs a type with keys: "${job.type}" has neither \`key\` nor \`unique\``;
    return job.key === undefined ? null : { path: `${base}key`, message };
  }
  if (job.key !== undefined) return { key: job.key, rule };
  if (options.key === 'given')
    return { path: `${base}key`, message: 'is required: the key of this type comes from who adds a job' };
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

/** One value as it is, several as a list; empty for the key of a whole type. */
function textOf(values: readonly unknown[]): string {
  const [only] = values;
  const isPlain = values.length === 1 && typeof only !== 'object';
  return fitting(values.length === 0 ? '' : isPlain ? String(only) : canonicalJson(JSON.stringify(values)));
}
