// What a caller may do with keys: whose idempotency keys they are, which jobs a key may meet, and who may choose or hold one.
import { createHash } from 'node:crypto';
import { fits, JobsError, type NewJob, type Subject, type Where } from '@phraseworks/sdk';
import type { RememberedOptions } from '../job/record.ts';
import type { AddingCaller } from '../queue/admission.ts';
import { ruleOf } from '../queue/keys/unique.ts';
import type { Caller } from './actor.ts';

/** What keeps a job, and with it its key, from ending soon. */
const HOLDS = ['delay', 'after', 'retryDelay', 'retryBackoff', 'maxRetries', 'timeout'] as const;

/** Under what an idempotency key of this caller is stored: those of no one else are the same. The site's stay as they are. */
async function idempotencyKeyOf(actor: Caller): Promise<(given: string) => string> {
  if (actor.isSite) return (given) => given;
  const { user, where } = await actor.require('add', 'some');
  // Callers without a name are told apart by what they may see.
  const whose = user === undefined ? ['', where] : [user];
  return (given) =>
    `caller/${createHash('sha256')
      .update(JSON.stringify([whose, given]))
      .digest('base64url')}`;
}

export async function addingCaller(actor: Caller): Promise<AddingCaller> {
  return {
    idempotencyKey: await idempotencyKeyOf(actor),
    found: new Set(),
    sees: async () => {
      if (!(await actor.may('view', 'some'))) return () => false;
      const { where } = await actor.require('view', 'some');
      return where && ((job) => fits(where, job));
    },
  };
}

/**
 * Throws `FORBIDDEN`. Who may not operate on all jobs of a type neither chooses a key, unless the type takes keys from callers, nor makes one
 * that jobs of others may have, nor holds one for long.
 */
export async function checkKey(
  actor: Caller,
  job: Partial<NewJob>,
  { subject, options, pathOf }: { subject: Subject; options: RememberedOptions; pathOf: (field: string) => string },
): Promise<void> {
  const rule = ruleOf(options);
  if (rule === undefined || (await actor.may('operate', { ...subject, data: undefined }))) return;
  const isChosen = job.key !== undefined;
  if (isChosen && options.key !== 'given')
    throw refused(pathOf('key'), 'is made by the type: only who may operate on all its jobs gives another one');
  const outside = (where: Where | undefined): string | undefined =>
    Object.keys(where?.data ?? {}).find((path) => isChosen || !isPart(path, options.key));
  const missing = outside((await actor.require('add', 'some')).where);
  if (rule !== null && !isChosen && missing !== undefined)
    throw refused(
      pathOf('type'),
      `has keys that jobs of others may have: they do not contain "${missing}" of the data`,
    );
  const hold = HOLDS.find((name) => job[name]);
  if (hold === undefined) return;
  const mayEnd = (await actor.may('operate', subject)) && !outside((await actor.require('operate', 'some')).where);
  if (!mayEnd)
    throw refused(pathOf(hold), 'would hold the key of the job, which only who may operate on its jobs does');
}

/** Do jobs with the same key have the same value there? */
const isPart = (path: string, key: RememberedOptions['key']): boolean =>
  key === 'data' || (Array.isArray(key) && key.some((one: string) => path === one || path.startsWith(`${one}.`)));

const refused = (path: string, message: string): JobsError =>
  new JobsError('FORBIDDEN', `You need the "operate" permission: ${path} ${message}.`, { errors: [{ path, message }] });
