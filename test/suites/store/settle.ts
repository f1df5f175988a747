// Writing outcomes: once, and only by who holds the job.
import { beforeEach, describe, expect, test } from 'vitest';
import type { ClaimedJob } from '../../../core/src/job/record.ts';
import { type ProgressWrite, writeProgress } from '../../../core/src/store/job-writes.ts';
import type { OpenedStore } from './opened.ts';

export function settleSuite(store: () => OpenedStore): void {
  let job: ClaimedJob;
  const claimOne = async (): Promise<ClaimedJob> => {
    await store().add();
    return (await store().claim())[0] as ClaimedJob;
  };
  const log = (line: number, message = `line ${line}`) => ({
    jobId: job.id,
    run: job.run,
    line,
    attempt: 1,
    at: 5,
    level: 'info',
    message,
  });

  describe('settling', () => {
    beforeEach(async () => {
      job = await claimOne();
    });

    test('stores a success with its result, attempt, time and log', async () => {
      await store().clock.advance(40);
      const progress = '{"percentage":100}';
      const done = store().settlement(job, { message: 'sent', progress, logs: [log(1), log(2)] });
      expect(await store().settle(done)).toEqual([true]);
      const now = store().clock.now();
      expect(await store().get(job.id)).toMatchObject({
        state: 'completed',
        result: '{"sent":true}',
        message: 'sent',
        progress,
        finishedAt: now,
        leaseUntil: null,
        run: 1,
        node: 'here',
      });
      expect(await store().reads.attempts(job.id)).toEqual([
        {
          attempt: 1,
          run: 1,
          node: 'here',
          startedAt: now - 40,
          finishedAt: now,
          outcome: 'completed',
          error: null,
          stack: null,
        },
      ]);
      expect((await store().reads.logs(job.id)).map((line) => line.message)).toEqual(['line 1', 'line 2']);
      expect(await store().reads.totals()).toEqual([{ type: 'email', runs: 1, run_ms: 40 }]);
      expect(await store().counts()).toBe('completed 1');
      expect(store().heard()).toEqual(['added', 'started', 'completed']);
    });

    test('repeated, returns the first answer and changes nothing', async () => {
      const done = store().settlement(job);
      expect(await store().settle(done)).toEqual([true]);
      expect(await store().settle(done)).toEqual([true]);
      expect(await store().settle(store().settlement(job, { state: 'failed' }))).toEqual([false]);
      expect(await store().counts()).toBe('completed 1');
      expect(store().heard()).toEqual(['added', 'started', 'completed']);
      expect(await store().reads.totals()).toMatchObject([{ runs: 1 }]);
    });

    test.each([
      ['another node', { node: 'there', run: 1 }],
      ['an older token', { node: 'here', run: 0 }],
      ['a newer token', { node: 'here', run: 2 }],
    ])('with the token of %s is refused and writes nothing', async (_name, token) => {
      expect(await store().settle(store().settlement(job, { claim: { id: job.id, ...token } }))).toEqual([false]);
      expect(await store().get(job.id)).toMatchObject({
        state: 'processing',
        result: null,
        leaseUntil: job.startedAt + 30_000,
      });
      expect(await store().counts()).toBe('processing 1');
      expect(store().heard()).toEqual(['added', 'started']);
    });

    test('several jobs at once returns an answer for each', async () => {
      const second = await claimOne();
      const wrong = store().settlement(second, { claim: { id: second.id, node: 'there', run: 1 } });
      expect(await store().settle(store().settlement(job), wrong, store().settlement(second))).toEqual([
        true,
        false,
        true,
      ]);
      expect(await store().counts()).toBe('completed 2');
    });
  });

  const progress = (change: Partial<ProgressWrite>): Promise<boolean> => {
    const claim = { id: job.id, node: 'here', run: job.run };
    const event = {
      event: 'job_progress',
      jobId: job.id,
      jobType: 'email',
      plugin: null,
      status: 'processing',
      attempt: 1,
      at: '',
    } as const;
    return store().ledger.transact((tx, changes) =>
      writeProgress(tx, store().dialect.statements, changes, { claim, progress: null, logs: [], event, ...change }),
    );
  };

  describe('progress', () => {
    beforeEach(async () => {
      job = await claimOne();
    });

    test('of an attempt that no longer holds its job is neither stored nor sent', async () => {
      await progress({ progress: '{"percentage":1}', claim: { id: job.id, node: 'there', run: 1 } });
      await store().settle(store().settlement(job));
      await progress({ progress: '{"percentage":2}' });
      expect((await store().get(job.id)).progress).toBeNull();
      expect(store().heard()).toEqual(['added', 'started', 'completed']);
    });

    test('of an attempt that starts records its run, and whether it runs alone', async () => {
      expect(await progress({ begins: 'beside others' })).toBe(true);
      expect(await store().get(job.id)).toMatchObject({ startedRun: 1, aloneRun: null });
      expect(await progress({ begins: 'alone' })).toBe(true);
      expect(await store().get(job.id)).toMatchObject({ startedRun: 1, aloneRun: 1 });
      const stranger = { id: job.id, node: 'there', run: 1 };
      expect(await progress({ begins: 'beside others', claim: stranger })).toBe(false);
      expect(await store().get(job.id)).toMatchObject({ startedRun: 1, aloneRun: 1 });
    });

    test('stores a line once, even if written twice', async () => {
      await progress({ logs: [log(1), log(2)] });
      await progress({ logs: [log(2), log(3)] });
      expect((await store().reads.logs(job.id)).map((line) => line.message)).toEqual(['line 1', 'line 2', 'line 3']);
    });
  });
}
