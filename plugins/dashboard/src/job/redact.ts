// Masks the secrets in jobs before they reach a browser, and restores those that come back masked.

import type { Job } from '@phraseworks/sdk';
import type { OfferedType } from '@phraseworks/sdk/client';
import { isNode, maskInStretches, maskSecrets, type Node } from '@phraseworks/sdk/secrets';
import type { Visit } from '../visit.ts';

export interface ReadJob {
  /** Includes secrets: never render it. */
  job: Job;
  /** Undefined if the type is unknown. */
  type: OfferedType | undefined;
  data: Redacted;
  result: Redacted;
  metrics: Redacted;
}

/** Throws `ClientError`. */
export async function readJob({ api, rest }: Pick<Visit, 'api' | 'rest'>, id: string): Promise<ReadJob> {
  const [job, { types }] = await Promise.all([api.job(id), api.types()]);
  const type = types.find((one) => one.type === job.type);
  const data = await redactInStretches(job.data, rest, type?.schema);
  const result = await redactInStretches(job.result, rest);
  return { job, type, data, result, metrics: redact(job.metrics) };
}

export const FILES = ['data', 'result'] as const;

/** The data or result as a download, without secrets. An attachment, so that no browser renders it. Throws `ClientError`. */
export async function jobFile(visit: Visit, id: string, part: (typeof FILES)[number]): Promise<Response> {
  const { job, data, result } = await readJob(visit, id);
  const { value } = part === 'data' ? data : result;
  return new Response(`${JSON.stringify(value, null, 2)}\n`, {
    headers: {
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Disposition': `attachment; filename="${job.id}-${part}.json"`,
    },
  });
}

/** Masks the secrets in jobs before they are summarised in a list. */
export function safeJobs(jobs: readonly Job[], types: readonly OfferedType[]): Job[] {
  const schemas = new Map(types.map(({ type, schema }) => [type, schema]));
  return jobs.map((job) => (job.summary ? job : { ...job, data: redact(job.data, schemas.get(job.type)).value }));
}

export interface Redacted {
  value: unknown;
  /** The number of values that are masked, at least in part. */
  hidden: number;
}

/** `schema`: the JSON Schema of the value. Empty values, true and false are not secrets. */
export function redact(value: unknown, schema: unknown = null): Redacted {
  const shown = maskSecrets(value, isNode(schema) ? schema : null);
  return { value: shown, hidden: differences(value, shown) };
}

/** The same for a value of any size. */
async function redactInStretches(value: unknown, rest: () => Promise<void>, schema: unknown = null): Promise<Redacted> {
  const shown = await maskInStretches(value, isNode(schema) ? schema : null, { rest });
  return { value: shown, hidden: differences(value, shown) };
}

function differences(whole: unknown, shown: unknown): number {
  if (whole === shown) return 0;
  if (typeof shown !== 'object' || shown === null) return 1;
  const from = whole as Record<string, unknown>;
  return Object.entries(shown).reduce((sum, [key, inner]) => sum + differences(from[key], inner), 0);
}

/** Restores the secrets of `known` where `value` still has their masks. */
export function unredact(value: unknown, known: unknown, schema: unknown = null): unknown {
  return restored(value, known, redact(known, schema).value);
}

function restored(value: unknown, known: unknown, shown: unknown): unknown {
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
      return value.length === from.length ? restored(one, from[i], as[i]) : one;
    });
  }
  const [from, as] = [objectOf(known), objectOf(shown)];
  return eachIn(value, (inner, key) => (Object.hasOwn(from, key) ? restored(inner, from[key], as[key]) : inner));
}

/** Exactly as `redact` writes it, since other texts may contain asterisks. */
const MASKED = /^\*{8}$|:\/\/[^\s/:@]*:\*{8}@/;

/** The paths where a mask is left over: `data.auth.token`. */
export function masksIn(value: unknown, path: string): string[] {
  if (typeof value === 'string') return MASKED.test(value) ? [path] : [];
  if (Array.isArray(value)) return value.flatMap((inner, i) => masksIn(inner, `${path}[${i}]`));
  return Object.entries(objectOf(value)).flatMap(([key, inner]) => masksIn(inner, `${path}.${key}`));
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

const objectOf = (value: unknown): Node => (isNode(value) ? value : {});

function eachIn(value: unknown, change: (inner: unknown, key: string | number) => unknown): unknown {
  if (Array.isArray(value)) return value.map(change);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, change(inner, key)]));
}
