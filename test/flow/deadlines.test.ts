// Jobs that may not wait for ever: they expire before they begin, or are given up between their attempts.
import { type JobPage, snooze } from '@phraseworks/sdk';
import { createTestJobs, type TestJobs } from '@phraseworks/testing';
import { afterEach, describe, expect, test } from 'vitest';

let jobs: TestJobs;
afterEach(() => jobs.stop());

const [SECOND, MINUTE, HOUR, DAY] = [1_000, 60_000, 3_600_000, 86_400_000];

/** A site with one type; its runs. */
async function open(options: object, work: (n: number) => unknown = () => {}): Promise<number[]> {
  jobs = await createTestJobs();
  const runs: number[] = [];
  const run = async ({ n }: { n: number }) => {
    runs.push(n);
    return work(n) as never;
  };
  jobs.registerProcessor('t', run, { retryDelay: SECOND, ...options } as never);
  return runs;
}

const add = (n: number, options: object = {}) => jobs.addJob({ type: 't', data: { n }, ...options });
const hold = () => jobs.pauses.pause({ kind: 'type', name: 't' });
const free = () => jobs.pauses.resume('type', 't');
const end = async (id: string) => {
  const job = await jobs.getJobStatus(id);
  return job && [job.status, job.reason, job.attempt, job.error];
};
const why = async (id: string) => ((await (await jobs.request(`/api/jobs/${id}/why`)).json()) as { why: string }).why;
const EXPIRED = ['cancelled', 'expired', 0, null];

describe('expires', () => {
  test('cancels a job that has not begun in time, and says why', async () => {
    const runs = await open({ expires: '1h' });
    await hold();
    const { id } = await add(1);
    expect(await why(id)).toContain('It expires if it does not begin within 60 min.');
    await jobs.advance(HOUR - 1);
    expect(await end(id)).toEqual(['parked', 'paused', 0, null]);
    await jobs.advance(1);
    expect(await end(id)).toEqual(EXPIRED);
    expect(await why(id)).toBe('Cancelled (expired): its time was over before it began.');
    expect(jobs.events.at(-1)).toMatchObject({ event: 'job_cancelled', jobId: id, reason: 'expired' });
    expect((await jobs.getJobHistory(id)).at(-1)).toMatchObject({ event: 'job_cancelled', reason: 'expired' });
    expect(runs).toEqual([]);
  });

  test('of a job counts before that of its type, and false keeps it', async () => {
    const runs = await open({ expires: '1h' });
    await hold();
    const short = await add(1, { expires: 5 * MINUTE });
    const kept = await add(2, { expires: false });
    await jobs.advance(5 * MINUTE);
    expect(await end(short.id)).toEqual(EXPIRED);
    await jobs.advance(DAY);
    await free();
    await jobs.idle();
    expect([runs, await end(kept.id)]).toEqual([[2], ['completed', null, 1, null]]);
  });

  test('ends a delayed and a blocked job, too', async () => {
    let over = (): void => {};
    const runs = await open({ key: ['n'] }, () => new Promise<void>((resolve) => (over = resolve)));
    const first = await add(1);
    await jobs.running(first.id);
    const blocked = await add(1, { expires: '1m' });
    const delayed = await add(2, { delay: 50 * SECOND, expires: '1m' });
    expect(blocked.status).toBe('blocked');
    await hold();
    await jobs.advance(MINUTE);
    expect([await end(blocked.id), await end(delayed.id)]).toEqual([EXPIRED, EXPIRED]);
    await free();
    over();
    await jobs.idle();
    expect([runs, (await jobs.getJobStatus(first.id))?.status]).toEqual([[1], 'completed']);
  });

  test('leaves alone a job that runs, one that waits for a retry, and one that snoozed', async () => {
    const said = new Set<number>();
    const runs = await open({ expires: '1m' }, (n) => {
      if (said.has(n)) return;
      said.add(n);
      if (n === 1) throw new Error('no');
      return snooze(HOUR, 'later');
    });
    const [retried, snoozed] = [await add(1, { retryDelay: HOUR }), await add(2)];
    await jobs.advance(HOUR);
    expect(runs).toEqual([1, 2, 1, 2]);
    expect([await end(retried.id), await end(snoozed.id)]).toEqual([
      ['completed', null, 2, null],
      ['completed', null, 1, null],
    ]);
  });

  test('still counts for a job whose process died: it has used up no attempt', async () => {
    const runs = await open({ expires: '1m' }, () => new Promise(() => {}));
    const { id } = await add(1);
    await jobs.running(id);
    await hold();
    await jobs.crash();
    await jobs.advance(MINUTE);
    expect([runs, await end(id)]).toEqual([[1], ['cancelled', 'expired', 0, null]]);
  });

  test('does not return with a retry by hand', async () => {
    const runs = await open({ expires: '1m' });
    await hold();
    const { id } = await add(1);
    await jobs.advance(MINUTE);
    await free();
    await jobs.retryJob(id);
    await jobs.idle();
    expect([runs, await end(id)]).toEqual([[1], ['completed', null, 1, null]]);
  });

  test('goes over to the job that a later one of its key replaces', async () => {
    const runs = await open({ key: ['n'], unique: { onConflict: 'replace' }, expires: '1m' });
    await hold();
    const { id } = await add(1);
    await jobs.advance(30 * SECOND);
    expect(await add(1, { expires: '1h' })).toMatchObject({ id, outcome: 'replaced' });
    await jobs.advance(MINUTE);
    expect((await jobs.getJobStatus(id))?.status).toBe('parked');
    await jobs.advance(HOUR);
    expect([runs, await end(id)]).toEqual([[], EXPIRED]);
  });

  test('cannot end before the delay', async () => {
    await open({ expires: '1h' });
    const refused = (options: object) => add(1, options).catch(({ code, errors }) => [code, errors[0].path]);
    expect(await refused({ delay: HOUR })).toEqual(['INVALID_DATA', 'delay']);
    expect(await refused({ delay: MINUTE, expires: MINUTE })).toEqual(['INVALID_DATA', 'expires']);
    expect(await add(1, { delay: HOUR, expires: false })).toMatchObject({ status: 'pending' });
  });
});

test.each([
  [{ expires: 0 }, 'expires'],
  [{ expires: '1 month' }, 'expires'],
  [{ expires: true }, 'expires'],
  [{ giveUpAfter: 0 }, 'giveUpAfter'],
  [{ giveUpAfter: false }, 'giveUpAfter'],
])('%j is refused with its field, in code, over HTTP, of a type and of a schedule', async (options, path) => {
  await open({});
  const refused = { code: 'INVALID_DATA', errors: [{ path }] };
  await expect(add(1, options)).rejects.toMatchObject(refused);
  const register = async () => jobs.registerProcessor('wrong', () => {}, options as never);
  await expect(register()).rejects.toMatchObject(refused);
  const body = JSON.stringify({ type: 't', data: { n: 1 }, ...options });
  const answer = await jobs.request('/api/jobs', {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json' },
  });
  expect(await answer.json()).toMatchObject({ status: 400, ...refused });
  const jobData = { type: 't', data: { n: 1 }, ...options } as never;
  await expect(jobs.scheduleJob({ name: 's', schedule: '0 * * * *', jobData })).rejects.toMatchObject({
    errors: [{ path: `jobData.${path}` }],
  });
});

describe('giveUpAfter', () => {
  test('fails a job at once whose next attempt would be too late', async () => {
    const runs = await open({ giveUpAfter: '2d', retryDelay: DAY, maxRetries: 9 }, () =>
      Promise.reject(new Error('no')),
    );
    const { id } = await add(1);
    await jobs.idle();
    expect(await why(id)).toContain('It fails if its next attempt does not begin within 2 d.');
    await jobs.advance(DAY);
    expect([runs.length, await end(id)]).toEqual([2, ['failed', 'gave up after 2 days', 2, 'no']]);
    expect(jobs.events.at(-1)).toMatchObject({ event: 'job_failed', reason: 'gave up after 2 days', error: 'no' });
    expect(await why(id)).toBe('Failed (gave up after 2 days) on attempt 2 of 10.');
  });

  test('fails a retry that could not begin in time, with its last error', async () => {
    const runs = await open({}, () => Promise.reject(new Error('no')));
    const { id } = await add(1, { giveUpAfter: '90m' });
    await jobs.idle();
    await hold();
    await jobs.advance(90 * MINUTE);
    expect([runs, await end(id)]).toEqual([[1], ['failed', 'gave up after 90 minutes', 1, 'no']]);
    expect(jobs.events.at(-1)).toMatchObject({ event: 'job_failed', error: 'no', reason: 'gave up after 90 minutes' });
    expect((await jobs.getJobHistory(id)).at(-1)).toMatchObject({ event: 'job_failed', status: 'failed' });
  });

  test('fails a job that would snooze past it, with what it said', async () => {
    await open({ giveUpAfter: '1h' }, () => snooze(20 * MINUTE, 'still rendering'));
    const { id } = await add(1);
    await jobs.advance(2 * HOUR);
    expect(await end(id)).toEqual(['failed', 'gave up after 1 hour', 1, 'still rendering']);
  });

  test('does not keep a job from its first attempt, and begins anew with a retry by hand', async () => {
    const runs = await open({ giveUpAfter: '1h', maxRetries: 1 }, () => Promise.reject(new Error('no')));
    await hold();
    const { id } = await add(1);
    await jobs.advance(2 * HOUR);
    await free();
    await jobs.idle();
    expect([runs.length, await end(id)]).toEqual([1, ['failed', 'gave up after 1 hour', 1, 'no']]);
    await jobs.retryJob(id);
    await jobs.advance(MINUTE);
    expect([runs.length, await end(id)]).toEqual([3, ['failed', null, 2, 'no']]);
  });
});

test('a processor knows when its job was added, and whether the attempt is the last', async () => {
  jobs = await createTestJobs();
  const seen: unknown[] = [];
  jobs.registerProcessor('t', async (_data, _id, attempt, { createdAt, maxRetries, isLast }) => {
    seen.push([attempt, createdAt, maxRetries, isLast]);
    throw new Error('no');
  });
  const { createdAt } = await add(1, { maxRetries: 1, retryDelay: HOUR });
  await jobs.advance(HOUR);
  expect(seen).toEqual([
    [1, createdAt, 1, false],
    [2, createdAt, 1, true],
  ]);
});

describe('of a schedule', () => {
  /** How its jobs of three hours stand, the newest first, behind one that does not end. */
  async function threeRuns(schedule: object, type: object = {}): Promise<string[]> {
    let over = (): void => {};
    await open({ key: ['n'], timeout: DAY, ...type }, () => new Promise<void>((resolve) => (over = resolve)));
    const { id } = await add(0);
    await jobs.running(id);
    await jobs.scheduleJob({ name: 's', schedule: '0 * * * *', jobData: { type: 't', data: { n: 0 } }, ...schedule });
    await jobs.advance(3 * HOUR);
    const { jobs: waiting } = (await (await jobs.request('/api/jobs?schedule=s')).json()) as JobPage;
    for (const one of waiting) await jobs.cancelJob(one.id);
    over();
    return waiting.map(({ status, reason }) => (status === 'blocked' ? status : (reason ?? status)));
  }

  test('a job that still waits at the next run gives way to its job', async () => {
    expect(await threeRuns({})).toEqual(['blocked', 'expired', 'expired']);
  });

  test.each([
    ['with expires: false', { jobData: { type: 't', data: { n: 0 }, expires: false } }, {}],
    ['of a type with expires: false', {}, { expires: false }],
    ['where each missed run counts', { missed: { all: 5 } }, {}],
    ['with a time of its own', { jobData: { type: 't', data: { n: 0 }, expires: '4h' } }, {}],
  ])('jobs %s wait on', async (_, schedule, type) => {
    expect(await threeRuns(schedule, type)).toEqual(['blocked', 'blocked', 'blocked']);
  });
});
