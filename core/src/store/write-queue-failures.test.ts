// Group commit with errors: one bad row fails alone, and an unavailable database fails all at once.
import { JobsError } from '@phraseworks/sdk';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openWriteRig, Taker, type WriteRig } from '../../test/write-queue-rig.ts';
import type { ClaimedJob, JobRecord } from '../job/record.ts';

let rig: WriteRig;
beforeEach(async () => {
  rig = await openWriteRig();
});
afterEach(() => rig.dialect.close());

const add = (job: JobRecord = rig.record()) => rig.queue(job);
/** Cannot be stored. */
const bad = () => rig.record({ data: null as never });
async function taken(): Promise<ClaimedJob> {
  await add();
  rig.taker.wanted = 1;
  rig.writes.requestClaim();
  await rig.settled();
  return rig.taker.taken[0] as ClaimedJob;
}

describe('one bad row', () => {
  test('fails alone, and the others of its batch are stored', async () => {
    const jobs = [rig.record(), bad(), rig.record(), bad(), rig.record()];
    const answers = await Promise.allSettled(jobs.map(add));
    const expected = ['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled'];
    expect(answers.map((answer) => answer.status)).toEqual(expected);
    expect((await rig.rows()).map((row) => row.id)).toEqual([jobs[0]?.id, jobs[2]?.id, jobs[4]?.id]);
  });

  test('does not let an outcome overtake the progress of its job', async () => {
    const job = await taken();
    const progress = '{"percentage":9}';
    await Promise.allSettled([add(bad()), rig.outcome(rig.settlement(job)), rig.progress(job.id, progress)]);
    expect(await rig.rows()).toEqual([{ id: job.id, state: 'completed', progress }]);
  });

  test('among ready jobs that cannot be claimed does not fail an addition', async () => {
    const whole = new Taker();
    whole.wanted = 1;
    const event = () => {
      throw new Error('this one cannot be told');
    };
    rig.taker.plan = () => Object.assign(whole.plan() ?? {}, { event }) as never;
    expect(await add()).toEqual({ status: 'added' });
    await rig.settled();
    expect(rig.taker.errors).toHaveLength(1);
    expect(await add()).toEqual({ status: 'added' });
  });
});

test('an unavailable database fails all waiting writes at once, and tells the claimer', async () => {
  await add();
  rig.failure = new JobsError('UNAVAILABLE', 'another process holds it');
  rig.taker.wanted = 1;
  rig.commits = 0;
  const answers = await Promise.allSettled(Array.from({ length: 100 }, () => add()));
  expect(answers.every((answer) => answer.status === 'rejected' && answer.reason === rig.failure)).toBe(true);
  expect([rig.commits, rig.taker.errors]).toEqual([1, [rig.failure]]);
  rig.failure = null;
  expect(await add()).toEqual({ status: 'added' });
  expect(await rig.rows()).toHaveLength(2);
});
