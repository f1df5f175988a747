// Steps at which a job waits: it sleeps until a time, or is blocked until a signal comes, and goes on where it was.
import { discard, type RunningJob } from '@phraseworks/sdk';
import { createTestJobs, type TestJobs } from '@phraseworks/testing';
import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';

let jobs: TestJobs;
afterEach(() => jobs.stop());

const [MINUTE, HOUR] = [60_000, 3_600_000];

type Work = (job: RunningJob, data: { n: number }) => unknown;

/** A site with one type `t`; what its processor does is `work`. */
async function open(work: Work, options: object = {}): Promise<void> {
  jobs = await createTestJobs();
  const run = async (data: { n: number }, _id: string, _attempt: number, job: RunningJob) => work(job, data) as never;
  jobs.registerProcessor('t', run, options as never);
}

async function add(options: object = {}): Promise<string> {
  const { id } = await jobs.addJob({ type: 't', data: { n: 1 }, ...options });
  await jobs.idle();
  return id;
}

const stateOf = async (id: string) => {
  const job = await jobs.getJobStatus(id);
  return job && [job.status, job.reason, job.attempt];
};
const resultOf = async (id: string) => (await jobs.getJobStatus(id))?.result;
const why = async (id: string) => (await jobs.why(id)).why;
const signal = async (id: string, key: string, data?: unknown) => {
  await jobs.signalJob(id, key, data);
  await jobs.idle();
};
const eventsOf = async (id: string) =>
  (await jobs.getJobHistory(id)).map(({ event, reason }) => (reason === undefined ? event : `${event} ${reason}`));
const logOf = async (id: string) => (await jobs.getJobLogs(id)).map(({ level, message }) => `${level} ${message}`);
const steps = async (id: string) => (await jobs.getJobReceipts(id)).map(({ key, state }) => `${key} ${state}`);

test('a sleep frees the slot, uses up no retry, and what was done before is not done again', async () => {
  const done: string[] = [];
  await open(
    async ({ once, sleep }) => {
      await once('first', () => void done.push('first'));
      await sleep('cool down', '3h');
      await once('second', () => void done.push('second'));
      return 'rested';
    },
    { maxRetries: 0 },
  );
  const id = await add();
  expect(await stateOf(id)).toEqual(['pending', 'sleep', 0]);
  expect(await why(id)).toBe('Scheduled: it sleeps at the step "cool down" for another 3 h.');
  expect((await jobs.getJobReceipts(id))[0]).toEqual({
    ...{ key: 'cool down', state: 'asleep', attempt: 1 },
    ...{ at: '2026-01-01T00:00:00.000Z', until: '2026-01-01T03:00:00.000Z' },
  });
  await jobs.advance(3 * HOUR - 1);
  expect(await stateOf(id)).toEqual(['pending', 'sleep', 0]);
  await jobs.advance(1);
  expect([await stateOf(id), await resultOf(id), done]).toEqual([
    ['completed', null, 1],
    'rested',
    ['first', 'second'],
  ]);
  expect(await eventsOf(id)).toEqual([
    'job_added',
    'job_started',
    'job_snoozed cool down',
    'job_started',
    'job_completed',
  ]);
});

test('a sleep of a fraction of a millisecond ends with the next whole one', async () => {
  await open(async ({ sleep }) => sleep('nap', 432.7));
  const id = await add();
  expect((await jobs.getJobReceipts(id))[0]).toMatchObject({ until: '2026-01-01T00:00:00.433Z' });
  await jobs.advance(432);
  expect(await stateOf(id)).toEqual(['pending', 'sleep', 0]);
  await jobs.advance(1);
  expect(await stateOf(id)).toEqual(['completed', null, 1]);
});

test('a job waits for its signal and gets the data; it is blocked until then, and shown so', async () => {
  await open(async ({ waitFor }) => waitFor('approved'));
  const id = await add();
  expect(await stateOf(id)).toEqual(['blocked', 'signal', 0]);
  await jobs.advance(3 * HOUR);
  expect(await why(id)).toBe('Blocked: it has waited for 3 h for the signal "approved".');
  expect((await jobs.listJobs({ status: 'blocked' })).jobs.map((job) => job.id)).toEqual([id]);
  await signal(id, 'approved', { by: 'ada' });
  expect([await stateOf(id), await resultOf(id)]).toEqual([['completed', null, 1], { by: 'ada' }]);
  expect(await eventsOf(id)).toEqual([
    ...['job_added', 'job_started', 'job_waiting approved', 'job_signalled approved', 'job_started', 'job_completed'],
  ]);
});

test('a signal that comes before its wait is kept, and one without data is true', async () => {
  await open(async ({ sleep, waitFor }) => {
    await sleep('night', '1h');
    return waitFor('approved');
  });
  const id = await add();
  await signal(id, 'approved');
  expect(await steps(id)).toEqual(['approved sent', 'night asleep']);
  await jobs.advance(HOUR);
  expect([await stateOf(id), await resultOf(id)]).toEqual([['completed', null, 1], true]);
});

test('a signal that comes while the attempt is about to wait is not lost', async () => {
  await open(async (job) => {
    const waiting = job.waitFor('go').catch((end: unknown) => end);
    const end = await waiting;
    if (!(end instanceof Error)) return end;
    await jobs.signalJob(job.id, 'go', 'now');
    throw end;
  });
  const id = await add();
  expect([await stateOf(id), await resultOf(id)]).toEqual([['completed', null, 1], 'now']);
});

test('data that does not fit the schema is refused to the sender, with the fields, and the job waits on', async () => {
  const schema = z.object({ ok: z.boolean(), note: z.string().max(10).optional() });
  await open(async ({ waitFor }) => waitFor('verdict', { schema }));
  const id = await add();
  await expect(signal(id, 'verdict', { ok: 'yes', note: 'much too long' })).rejects.toMatchObject({
    code: 'INVALID_DATA',
    errors: [
      { path: 'data.ok', message: 'must be boolean' },
      { path: 'data.note', message: expect.stringContaining('at most 10') },
    ],
  });
  await expect(signal(id, 'verdict', null)).rejects.toMatchObject({ code: 'INVALID_DATA' });
  await expect(signal(id, 'verdict', 'x'.repeat(70_000))).rejects.toMatchObject({ code: 'INVALID_DATA' });
  expect(await stateOf(id)).toEqual(['blocked', 'signal', 0]);
  await signal(id, 'verdict', { ok: true });
  expect(await resultOf(id)).toEqual({ ok: true });
});

test('what came before its wait and does not fit is dropped with a warning, and another signal may come', async () => {
  const schema = z.object({ at: z.iso.datetime().transform((text) => text.slice(0, 4)) });
  await open(async ({ sleep, waitFor }) => {
    await sleep('night', HOUR);
    return (await waitFor('date', { schema })).at;
  });
  const id = await add();
  await signal(id, 'date', { at: 'soon' });
  await jobs.advance(HOUR);
  expect(await stateOf(id)).toEqual(['blocked', 'signal', 0]);
  expect(await logOf(id)).toEqual([
    expect.stringMatching(/^warn The signal "date" was dropped, since it does not fit: data\.at /),
  ]);
  await signal(id, 'date', { at: '2026-03-01T00:00:00Z' });
  expect(await resultOf(id)).toBe('2026');
});

test('a timeout ends the wait with null, exactly once: a signal after it is refused', async () => {
  await open(async ({ waitFor, sleep }) => {
    const given = await waitFor('approved', { timeout: '4 hours' });
    await sleep('later', HOUR);
    return { given };
  });
  const id = await add();
  await jobs.advance(2 * HOUR);
  expect(await why(id)).toBe(
    'Blocked: it has waited for 2 h for the signal "approved", and goes on without it in 2 h.',
  );
  await jobs.advance(2 * HOUR);
  expect(await steps(id)).toEqual(['approved done', 'later asleep']);
  await expect(signal(id, 'approved')).rejects.toMatchObject({
    code: 'INVALID_STATE',
    message: 'The signal is too late: the time of its wait is over.',
  });
  await jobs.advance(HOUR);
  expect(await resultOf(id)).toEqual({ given: null });
});

test('a second signal with the same key, one for a sleep, and one for a job that has ended are refused', async () => {
  await open(async ({ waitFor, sleep, once }) => {
    await once('mail', () => {});
    await waitFor('a');
    await sleep('night', HOUR);
  });
  const id = await add();
  await signal(id, 'a');
  const refused = (key: string) => signal(id, key).catch((error: Error) => error.message);
  expect(await refused('a')).toBe('The signal has come already.');
  expect(await refused('night')).toBe('The signal is not expected: the job sleeps until a time.');
  expect(await refused('mail')).toBe('The signal is not expected: its key is that of another step.');
  await jobs.advance(HOUR);
  expect(await refused('b')).toBe('A job that has ended takes no signals; this one is completed.');
  await expect(jobs.signalJob('none', 'a')).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' });
});

test('several waits at once are all open, and the job goes on when each has its signal', async () => {
  await open(async ({ waitFor }) => Promise.all([waitFor('a'), waitFor('b', { timeout: HOUR }), waitFor('c')]));
  const id = await add();
  expect(await steps(id)).toEqual(['a waiting', 'b waiting', 'c waiting']);
  await signal(id, 'c', 3);
  expect(await stateOf(id)).toEqual(['blocked', 'signal', 0]);
  await jobs.advance(HOUR);
  await signal(id, 'a', 1);
  expect(await resultOf(id)).toEqual([1, null, 3]);
});

test('what a processor does after its wait is ignored, with a warning that names it, and its steps do not run', async () => {
  const done: string[] = [];
  await open(async ({ waitFor, once }, { n }) => {
    const data = await waitFor('go').catch(() => 'caught');
    await once('after', () => void done.push('after')).catch(() => {});
    if (n === 2) throw new Error('no data');
    if (n === 3) throw discard('no data');
    return data;
  });
  const ids = await Promise.all([1, 2, 3].map((n) => add({ data: { n } })));
  const warned = async (id: string) => [await stateOf(id), (await logOf(id)).at(-1)];
  const words = 'warn sleep() or waitFor() has ended this attempt. Let what they throw pass a catch.';
  const ignored = 'What its processor did afterwards is ignored: it';
  expect(await Promise.all(ids.map(warned))).toEqual(
    ['ended as success', 'failed: no data', 'ended as discard'].map((what) => [
      ['blocked', 'signal', 0],
      `${words} ${ignored} ${what}`,
    ]),
  );
  expect(done).toEqual([]);
  await signal(ids[0] as string, 'go', 'data');
  expect([await resultOf(ids[0] as string), done]).toEqual(['data', ['after']]);
});

test('a key belongs to one kind of step, and wrong calls fail at once with what is wrong', async () => {
  const calls: Work[] = [
    ({ once, sleep }) => once('k', () => {}).then(() => sleep('k', 1)),
    ({ once, waitFor }) => once('k', () => {}).then(() => waitFor('k')),
    ({ sleep }) => sleep('k', '3 months'),
    ({ sleep }) => sleep('', 1),
    ({ waitFor }) => waitFor('k', { timeout: 'soon' }),
    ({ waitFor }) => waitFor('k', { schema: {} as never }),
  ];
  await open((job, { n }) => calls[n]?.(job, { n }));
  const ids = await Promise.all(calls.map((_, n) => add({ data: { n } })));
  const errors = await Promise.all(ids.map(async (id) => (await jobs.getJobStatus(id))?.error));
  expect(errors).toEqual([
    'sleep(): key is that of another step of this job',
    'waitFor(): key is that of another step of this job',
    "sleep(): time must be milliseconds, text such as '3 days', or a Date",
    'sleep(): key must be 1 to 191 characters of valid Unicode without control characters',
    "waitFor(): timeout must be milliseconds or text such as '3 days'",
    'waitFor(): schema must be a schema of zod or another library with Standard Schema',
  ]);
});

test('a job that waits can be cancelled, and retried: it goes on with its wait and its done steps', async () => {
  const mails: string[] = [];
  await open(async ({ once, waitFor }) => {
    await once('mail', () => void mails.push('mail'));
    return waitFor('approved', { timeout: 2 * HOUR });
  });
  const id = await add();
  await jobs.advance(HOUR);
  expect(await jobs.cancelJob(id)).toBe(true);
  expect(await stateOf(id)).toEqual(['cancelled', 'cancelled', 0]);
  await expect(signal(id, 'approved')).rejects.toMatchObject({ code: 'INVALID_STATE' });
  await jobs.retryJob(id);
  await jobs.idle();
  expect([await stateOf(id), mails]).toEqual([['blocked', 'signal', 0], ['mail']]);
  await jobs.advance(HOUR);
  expect([await stateOf(id), await resultOf(id)]).toEqual([['completed', null, 1], null]);
});

test('"run now" ends a sleep, but no wait', async () => {
  await open(async ({ sleep, waitFor }) => {
    await sleep('night', HOUR);
    await waitFor('go');
  });
  const id = await add();
  await jobs.runJob(id);
  await jobs.idle();
  expect(await stateOf(id)).toEqual(['blocked', 'signal', 0]);
  await expect(jobs.runJob(id)).rejects.toMatchObject({
    code: 'INVALID_STATE',
    message: expect.stringContaining('go'),
  });
});

test('giveUpAfter ends a wait that takes too long, a sleep beyond it ends at once, and expires counts no more', async () => {
  await open(
    ({ sleep, waitFor }, { n }) => (n === 1 ? waitFor('go', { timeout: '9 hours' }) : sleep('long', '9 hours')),
    {
      giveUpAfter: '2 hours',
      expires: '1h',
    },
  );
  const [waiting, sleeping] = [await add(), await add({ data: { n: 2 } })];
  expect(await stateOf(sleeping)).toEqual(['failed', 'gave up after 2 hours', 1]);
  await jobs.advance(2 * HOUR - 1);
  expect(await stateOf(waiting)).toEqual(['blocked', 'signal', 0]);
  await jobs.advance(1);
  expect(await stateOf(waiting)).toEqual(['failed', 'gave up after 2 hours', 0]);
});

test('a job that waits keeps its key, and is not the one that waits for `unique`', async () => {
  const seen: number[] = [];
  await open(
    async ({ waitFor }, { n }) => {
      seen.push(n);
      if (n === 1) await waitFor('go');
    },
    { unique: { onConflict: 'replace' } },
  );
  const first = await add();
  const second = await jobs.addJob({ type: 't', data: { n: 2 } });
  const third = await jobs.addJob({ type: 't', data: { n: 3 } });
  expect([second.outcome, third.outcome, third.id]).toEqual(['added', 'replaced', second.id]);
  await jobs.advance(MINUTE);
  expect(seen).toEqual([1]);
  await signal(first, 'go');
  await jobs.advance(MINUTE);
  expect(seen).toEqual([1, 1, 3]);
});

test.each([{}, { by: 'n' }])(
  'a job that waits gives its place at a limit %j to others, and gets one when it goes on',
  async (by) => {
    const begun: string[] = [];
    let end = (): void => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const work: Work = async ({ id, waitFor }) => {
      if (begun.push(id) === 1) await waitFor('go');
      if (begun.length === 2) await ended;
    };
    await open(work, { limit: { concurrency: 1, ...by } });
    const first = await add();
    const second = await jobs.addJob({ type: 't', data: { n: 1 } });
    await jobs.running(second.id);
    await jobs.signalJob(first, 'go');
    expect(await why(first)).toContain('the limit "t"');
    end();
    await jobs.idle();
    expect([begun, await stateOf(first)]).toEqual([
      [first, second.id, first],
      ['completed', null, 1],
    ]);
  },
);

test('rows of a removed job go with it', async () => {
  await open(({ waitFor }) => waitFor('go'));
  const id = await add();
  await jobs.deleteJob(id);
  await expect(jobs.getJobReceipts(id)).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' });
  await expect(signal(id, 'go')).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' });
});
