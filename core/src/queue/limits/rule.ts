// What types, plugins and the configuration say about limits, read and checked, and the value of a job at a limit with `by`.
import { type FieldError, JobsError } from '@phraseworks/sdk';
import { errorText, unknownFields } from '@phraseworks/sdk/host';
import type { Limit, Limited, LimitNumbers } from '../../job/limit.ts';
import { DATA_PATH } from '../../kernel/config.ts';
import { millisecondsOf } from '../../kernel/duration.ts';
import { keyIn } from '../keys/unique.ts';

const PARTS = ['concurrency', 'rate', 'by'] as const;
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,99}$/;
const MOST = 1_000_000;
/** Milliseconds. */
const [SHORTEST, LONGEST] = [100, 366 * 86_400_000];

const isCount = (given: unknown): boolean =>
  Number.isInteger(given) && (given as number) >= 1 && (given as number) <= MOST;

function msOf(given: unknown): number | null {
  const ms = millisecondsOf(given);
  return ms !== null && ms >= SHORTEST && ms <= LONGEST ? ms : null;
}

/** All mistakes in the numbers of a limit, at least one of which it needs. */
export function numberErrors(given: { concurrency?: unknown; rate?: unknown }, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const wrong = (at: string, message: string) => errors.push({ path: `${path}${at}`, message });
  const { concurrency, rate } = given;
  if (concurrency !== undefined && !isCount(concurrency))
    wrong('concurrency', `must be a whole number from 1 to ${MOST}`);
  if (rate !== undefined) {
    const { n, per, ...rest } = (typeof rate === 'object' && rate !== null ? rate : {}) as Record<string, unknown>;
    if (!isCount(n)) wrong('rate.n', `must be a whole number from 1 to ${MOST}`);
    if (msOf(per) === null)
      wrong('rate.per', 'must be milliseconds, at least 100, or text such as "1 minute", at most 366 days');
    for (const name of Object.keys(rest)) wrong(`rate.${name}`, 'is unknown: there are n and per');
  }
  if (concurrency === undefined && rate === undefined)
    errors.push({ path: path.replace(/\.$/, ''), message: 'needs concurrency or rate' });
  return errors;
}

function ruleErrors(rule: unknown, path: string): FieldError[] {
  if (typeof rule !== 'object' || rule === null || Array.isArray(rule))
    return [{ path, message: 'must be an object such as { concurrency: 4 }, or the name of a limit' }];
  const { by } = rule as Record<string, unknown>;
  const errors = [...unknownFields(rule as object, PARTS, path), ...numberErrors(rule, `${path}.`)];
  if (by !== undefined && !(typeof by === 'string' && DATA_PATH.test(by)))
    errors.push({ path: `${path}.by`, message: "must be a path in the data, such as 'tenant'" });
  return errors;
}

/** All mistakes in `limit` of a type. */
export function limitErrors({ limit }: { limit?: unknown }): FieldError[] {
  if (limit === undefined) return [];
  if (typeof limit !== 'string') return ruleErrors(limit, 'limit');
  return NAME.test(limit) ? [] : [{ path: 'limit', message: NAMED }];
}

const NAMED = 'must be the name of a limit: letters, digits and "_.:/-", at most 100 characters';

/** Throws `INVALID_DATA` with all mistakes. */
export function checkRule(name: unknown, rule: unknown): void {
  const errors = ruleErrors(rule, 'rule');
  if (typeof name !== 'string' || !NAME.test(name)) errors.push({ path: 'name', message: NAMED });
  if (errors.length === 0) return;
  throw new JobsError('INVALID_DATA', `defineLimit("${name}"): ${errors.map(errorText).join('; ')}`, { errors });
}

/** As the configuration has it, too. */
interface Rule {
  concurrency?: number | undefined;
  rate?: { n: number; per: number | string } | undefined;
  by?: string | undefined;
}

export const readNumbers = ({ concurrency, rate }: Rule): LimitNumbers => ({
  concurrency: concurrency ?? null,
  rate: rate ? { n: rate.n, per: msOf(rate.per) ?? LONGEST } : null,
});

/** Of a rule without mistakes. */
export const readRule = (name: string, rule: Rule): Limit => ({
  name,
  ...readNumbers(rule),
  by: rule.by ?? null,
});

/** Unlike the empty text, not that of the limit itself. */
const EMPTY = '""';

/** The value in stored data, as JSON text; that of empty text if it has none, since its type may have got the limit later. */
export function valueIn({ by }: Limit, data: string): string {
  const found = keyIn([by ?? ''], data);
  return ('key' in found && found.key) || EMPTY;
}

/** Of a job that is added, with its data as JSON text. */
export function limitedOf(limit: Limit, data: string, base: string): Limited | FieldError {
  const found = keyIn([limit.by ?? ''], data);
  if ('key' in found) return { limit, value: found.key || EMPTY };
  return {
    path: `${base}data.${found.missing}`,
    message: `has no value, but the limit "${limit.name}" counts by it`,
  };
}
