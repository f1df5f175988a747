// Both forms of a schedule are read; all mistakes are listed with their paths.
import { JobsError, type NewJob } from '@phraseworks/sdk';
import { describe, expect, it } from 'vitest';
import { readDeclaration } from './declaration.ts';

const NOW = Date.parse('2026-10-16T10:00:00Z');

/** Like the queue's: throws for data without `to`. */
const check = (job: NewJob, base: string): number | null => {
  if (typeof job.data?.to === 'string') return 2;
  throw new JobsError('INVALID_DATA', 'The job is not valid.', {
    errors: [{ path: `${base}data.to`, message: 'is required' }],
  });
};
const job = { type: 'email', data: { to: 'a@example.com' } };
const read = (input: unknown) => readDeclaration(input, NOW, check);
const mistakes = async (input: unknown): Promise<string[]> => {
  const error = await read(input).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof JobsError)) throw error;
  return [error.code, ...error.errors.map(({ path, message }) => `${path}: ${message}`)];
};

it('a valid schedule is read with its job next to the pattern, named after its type', async () => {
  const read1 = await read({
    ...job,
    schedule: '0 2 * * *',
    timezone: 'Europe/London',
    priority: 'low',
    missed: { all: 3 },
  });
  expect(read1).toMatchObject({ name: 'email', timezone: 'Europe/London', missed: { all: 3 } });
  expect(JSON.parse(read1.job)).toEqual({ ...job, priority: 'low' });
});

describe('an invalid schedule', () => {
  it.each<[string, object, string]>([
    [
      'a job in both places',
      { name: 'a', schedule: '* * * * *', jobData: job, data: {} },
      '(key): is not a known option; use jobData',
    ],
    ['no name for jobData', { schedule: '* * * * *', jobData: job }, 'name: is required'],
    ['dots for a name', { name: '..', schedule: '* * * * *', jobData: job }, 'name: must be letters'],
    ['a slash in its name', { name: 'a/b', schedule: '* * * * *', jobData: job }, 'name: must be letters'],
    ['all without a number', { schedule: '* * * * *', missed: { all: 0 }, ...job }, 'missed: must be "skip"'],
    ['too many missed runs', { schedule: '* * * * *', missed: { all: 101 }, ...job }, 'missed: must be "skip"'],
    [
      'a key for once',
      { schedule: '* * * * *', idempotencyKey: 'k', ...job },
      'idempotencyKey: cannot be used in a schedule',
    ],
    ['data that JSON lacks', { schedule: '* * * * *', type: 'a', data: { n: 1n } }, 'data.n: is a BigInt'],
  ])('with %s is refused with that reason', async (_, input, message) => {
    const [code, ...errors] = await mistakes(input);
    expect(code).toBe('INVALID_DATA');
    expect(errors).toEqual([expect.stringContaining(message)]);
  });

  it('that the queue refuses without naming a field keeps the code and message', async () => {
    const vetoing = (): never => {
      throw new JobsError('VETOED', 'not on Sundays');
    };
    const error = await readDeclaration({ schedule: '* * * * *', ...job }, NOW, vetoing).catch((e) => e);
    expect(error).toMatchObject({ code: 'VETOED', errors: [{ path: '', message: 'not on Sundays' }] });
  });
});
