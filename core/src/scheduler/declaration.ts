// Reads a schedule in both forms of `scheduleJob()`, and reports all errors together.
import { type FieldError, JobsError, type MissedRuns, type NewJob } from '@phraseworks/sdk';
import { checkPattern } from '@phraseworks/sdk/cron';
import { unknownFields } from '@phraseworks/sdk/host';
import { invalid } from '../kernel/errors.ts';
import { copied, isFields } from '../kernel/fields.ts';
import { DATA_LIMITS, encodeJson } from '../kernel/json.ts';
import type { ScheduleEntry } from '../store/schedule-store.ts';

/**
 * Returns the version of the type that checked the job's data; null if the type is not registered here.
 * Throws `JobsError` with the paths of the job's wrong fields (`jobData.priority`, `data.to`); `base` prefixes each.
 */
export type CheckJob = (job: NewJob, base: 'jobData.' | '') => number | null | Promise<number | null>;

export interface Declaration
  extends Pick<ScheduleEntry, 'name' | 'pattern' | 'timezone' | 'missed' | 'job' | 'dataVersion'> {
  /** The first run from now on. */
  next: number;
}

const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.:-]{0,99}$/;
const MOST_MISSED = 100;
/** Logs show only the message, so it includes the errors. */
const WHAT = 'Invalid schedule: ';
const JOB_LIMITS = { bytes: DATA_LIMITS.bytes + 4_096, depth: DATA_LIMITS.depth + 1 };

/** Throws `INVALID_DATA` with every wrong field, or `PAYLOAD_TOO_LARGE`, or what `check` throws. */
export async function readDeclaration(given: unknown, now: number, check: CheckJob): Promise<Declaration> {
  const input = isFields(given) ? copied(given, WHAT) : given;
  if (!isFields(input)) throw new JobsError('INVALID_DATA', 'Invalid schedule: it must be an object');
  const { name: givenName, schedule, timezone, missed: givenMissed, ...rest } = input;
  const nested = 'jobData' in rest;
  const errors: FieldError[] = [];
  // Without jobData, all other fields belong to the job and are checked with it.
  if (nested) errors.push(...unknownFields(rest, ['jobData', 'name', 'schedule', 'timezone', 'missed']));
  const name = readName(givenName ?? (nested ? undefined : rest.type), errors);
  const missed = readMissed(givenMissed, errors);
  const timing = checkPattern(schedule, timezone, now);
  if (!timing.ok) errors.push(...timing.errors);
  const job = await readJob(nested ? rest.jobData : rest, nested ? 'jobData.' : '', check).catch(refusalOf);
  if (job instanceof JobsError) {
    const ofJob = job.errors.length > 0 ? job.errors : [{ path: nested ? 'jobData' : '', message: job.message }];
    throw invalid([...errors, ...ofJob], WHAT, errors.length > 0 ? 'INVALID_DATA' : job.code);
  }
  if (!timing.ok || errors.length > 0) throw invalid(errors, WHAT);
  const { pattern, timezone: zone, next } = timing;
  return { name, pattern, timezone: zone, missed, ...job, next };
}

function readName(name: unknown, errors: FieldError[]): string {
  if (typeof name === 'string' && NAME.test(name)) return name;
  const rule = 'letters, digits and "_.:-", at most 100 characters, starting with a letter, a digit or "_"';
  errors.push({ path: 'name', message: name === undefined ? `is required: ${rule}` : `must be ${rule}` });
  return '';
}

function readMissed(missed: unknown, errors: FieldError[]): MissedRuns {
  if (missed === undefined || missed === 'once') return 'once';
  if (missed === 'skip') return 'skip';
  if (isFields(missed) && Object.keys(missed).length === 1) {
    const { all } = missed;
    if (typeof all === 'number' && Number.isInteger(all) && all >= 1 && all <= MOST_MISSED) return { all };
  }
  errors.push({
    path: 'missed',
    message: `must be "skip", "once" or { all: a whole number from 1 to ${MOST_MISSED} }`,
  });
  return 'once';
}

/** Checks the job as it comes back from the store, so that it passes at every run. */
async function readJob(
  given: unknown,
  base: 'jobData.' | '',
  check: CheckJob,
): Promise<Pick<Declaration, 'job' | 'dataVersion'>> {
  const whole = base.slice(0, -1);
  const refused = (path: string, message: string) => invalid([{ path, message }], WHAT);
  if (!isFields(given)) throw refused(whole, 'must be an object');
  if (typeof given.type !== 'string') throw refused(`${base}type`, 'is required: the type of the job');
  if (given.idempotencyKey !== undefined)
    throw refused(`${base}idempotencyKey`, 'cannot be used in a schedule: each run already adds its job only once');
  const encoded = encodeJson(given, whole, JOB_LIMITS);
  if (!encoded.ok) throw invalid([encoded.error], WHAT, encoded.tooLarge ? 'PAYLOAD_TOO_LARGE' : 'INVALID_DATA');
  return { job: encoded.text, dataVersion: await check(JSON.parse(encoded.text) as NewJob, base) };
}

function refusalOf(error: unknown): JobsError {
  if (error instanceof JobsError) return error;
  throw error;
}
