// job.once() after failures: an attempt that died halfway or lost its job, or a database that went down after the effect.
import { JobsError } from '@phraseworks/sdk';
import { describe, expect, test } from 'vitest';
import { openReceiptRig } from '../../test/receipt-rig.ts';

const thrownBy = (work: Promise<unknown>): Promise<unknown> => work.catch((thrown: unknown) => thrown);

test('an effect that may or may not have happened is not repeated with `uncertain: fail`: the job fails at once and shows why, until someone retries it', async () => {
  await using rig = await openReceiptRig();
  let calls = 0;
  let looked = false;
  const id = await rig.run(async (job) => {
    if (!looked) await rig.leaveBehind(job.id, 'a');
    const effect = (): void => {
      calls += 1;
    };
    await job.once('a', effect, { uncertain: 'fail' });
  });
  expect(calls).toBe(0);
  expect(await rig.kit.row(id)).toMatchObject({
    state: 'failed',
    attempt: 1,
    error: expect.stringMatching(/^Attempt 1 ended during a step/),
  });
  expect(await rig.receipts(id)).toMatchObject([{ key: 'a', state: 'uncertain', attempt: 1 }]);
  expect(await rig.logOf(id)).toEqual([expect.stringMatching(/^warn receipt "a": .*; not repeating it$/)]);
  looked = true;
  await rig.kit.core.actions.retry(id, {});
  await rig.kit.clock.advance(1_000);
  expect([calls, await rig.kit.state(id)]).toEqual([1, 'completed']);
});

describe('an attempt that no longer holds its job', () => {
  test('runs nothing', async () => {
    await using rig = await openReceiptRig();
    let calls = 0;
    let error: unknown;
    await rig.run(async (job) => {
      await rig.takeOver(job.id);
      error = await thrownBy(job.once('a', () => (calls = 1)));
    });
    expect(calls).toBe(0);
    expect(error).toMatchObject({
      code: 'INVALID_STATE',
      message: expect.stringContaining('this attempt lost its job'),
    });
  });

  test('finds out after the effect, and its receipt is uncertain', async () => {
    await using rig = await openReceiptRig();
    let error: unknown;
    const id = await rig.run(async (job) => {
      error = await thrownBy(job.once('a', async () => void (await rig.takeOver(job.id))));
    });
    expect(error).toMatchObject({ message: expect.stringContaining('this attempt lost its job') });
    expect(await rig.receipts(id)).toMatchObject([{ state: 'uncertain' }]);
  });

  test('does not remove the receipt of a later attempt if its effect throws', async () => {
    await using rig = await openReceiptRig();
    const { db } = rig.kit.dialect;
    const id = await rig.run(async (job) => {
      await job
        .once('a', async () => {
          await rig.takeOver(job.id);
          await db.updateTable('pwj_receipts').set({ run: 99 }).execute();
          throw new Error('late');
        })
        .catch(() => {});
    });
    expect(await rig.receipts(id)).toMatchObject([{ key: 'a', state: 'pending' }]);
  });

  test('keeps the receipts of finished steps if the job is cancelled', async () => {
    await using rig = await openReceiptRig();
    let error: unknown;
    const id = await rig.run(async (job) => {
      error = await thrownBy(job.once('a', () => rig.kit.core.actions.cancel(job.id, null)));
    });
    expect(error).toMatchObject({ code: 'INVALID_STATE' });
    expect(await rig.kit.state(id)).toBe('cancelled');
    expect(await rig.receipts(id)).toMatchObject([{ key: 'a', state: 'done' }]);
  });
});

test('a receipt waits for the database to return, and the effect is not repeated', async () => {
  let away = 0;
  let calls = 0;
  await using rig = await openReceiptRig({
    wrap: (dialect) =>
      Object.assign(Object.create(dialect) as typeof dialect, {
        transaction: (async (work) => {
          if (away === 0) return dialect.transaction(work);
          away -= 1;
          throw new JobsError('UNAVAILABLE', 'The database is not available.');
        }) satisfies typeof dialect.transaction,
      }),
  });
  const id = await rig.run(async (job) => {
    await job.once('a', () => {
      calls += 1;
      away = 3;
    });
  });
  expect([calls, away, await rig.kit.state(id)]).toEqual([1, 0, 'completed']);
  expect(await rig.receipts(id)).toMatchObject([{ state: 'done', attempt: 1 }]);
});
