// Masks the secrets in jobs before they reach a page, and puts back those that a form returns masked.

import { type Job, JobsError, type OfferedType } from '@phraseworks/sdk';
import { isNode, maskInStretches, maskSecrets, type Node } from '@phraseworks/sdk/secrets';
import type { Visit } from '../visit.ts';

export interface ReadJob {
  /** Without secrets. */
  job: Job;
  /** The data with its secrets: never show it. */
  whole: unknown;
  /** Undefined if the type is unknown. */
  type: OfferedType | undefined;
}

const schemaOf = (schema: unknown): Node | null => (isNode(schema) ? schema : null);

export async function readJob({ jobs, types, actor, rest }: Visit, id: string): Promise<ReadJob> {
  const [job, all] = await Promise.all([jobs.get(actor, id), types.list(actor)]);
  const type = all.find((one) => one.type === job.type);
  const data = await maskInStretches(job.data, schemaOf(type?.schema), { rest });
  const result = await maskInStretches(job.result, null, { rest });
  return { job: { ...job, data, result, metrics: maskSecrets(job.metrics) }, whole: job.data, type };
}

/** For a list, which shows nothing but a summary of each. */
export function maskedJobs(jobs: readonly Job[], types: readonly OfferedType[]): Job[] {
  const schemas = new Map(types.map(({ type, schema }) => [type, schema]));
  return jobs.map((job) => (job.summary ? job : { ...job, data: masked(job.data, schemas.get(job.type)) }));
}

/** `schema`: the JSON Schema of the value. */
export const masked = <T>(value: T, schema: unknown): T => maskSecrets(value, schemaOf(schema));

/** Puts the secrets of `known` where `value` still has their masks. */
export const restored = (value: unknown, known: unknown, schema: unknown): unknown =>
  putBack(value, known, masked(known, schema));

function putBack(value: unknown, known: unknown, shown: unknown): unknown {
  if (typeof value === 'string') return value === shown ? known : value;
  if (Array.isArray(value)) {
    const [from, as] = [listOf(known), listOf(shown)];
    const texts = as.map((one) => JSON.stringify(one));
    return value.map((one, i) => {
      const text = JSON.stringify(one);
      if (value.length === from.length && texts[i] === text) return from[i];
      const alike = from.filter((_, n) => texts[n] === text);
      // Entries that differ only in hidden values are indistinguishable, so the mask stays.
      if (alike.length > 0) return new Set(alike.map((known) => JSON.stringify(known))).size === 1 ? alike[0] : one;
      // After a change of length the same index may be another entry, which must not get this secret.
      return value.length === from.length ? putBack(one, from[i], as[i]) : one;
    });
  }
  if (typeof value !== 'object' || value === null) return value;
  const [from, as] = [objectOf(known), objectOf(shown)];
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      Object.hasOwn(from, key) ? putBack(inner, from[key], as[key]) : inner,
    ]),
  );
}

/** The same, with all secrets. Throws `INVALID_DATA` if the mask of another is left. */
export function unmasked(value: unknown, known: unknown, schema: unknown): unknown {
  const whole = restored(value, known, schema);
  const errors = masksIn(whole, 'data').map((path) => ({ path, message: 'is hidden: enter it again' }));
  if (errors.length > 0) throw new JobsError('INVALID_DATA', 'Some secrets are hidden.', { errors });
  return whole;
}

/** A whole mask, or that of a URL; other texts may contain asterisks. */
const MASKED = /^\*{8}$|:\/\/[^\s/:@]*:\*{8}@/;

/** The paths where a mask is left over: `data.auth.token`. */
export function masksIn(value: unknown, path: string): string[] {
  if (typeof value === 'string') return MASKED.test(value) ? [path] : [];
  if (Array.isArray(value)) return value.flatMap((inner, i) => masksIn(inner, `${path}[${i}]`));
  return Object.entries(objectOf(value)).flatMap(([key, inner]) => masksIn(inner, `${path}.${key}`));
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

const objectOf = (value: unknown): Node => (isNode(value) ? value : {});
