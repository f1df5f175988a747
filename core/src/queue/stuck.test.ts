// Attempts that take too long, and processors that ignore their signal.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CoreKit, openCore } from '../../test/core-kit.ts';

let kit: CoreKit;
beforeEach(async () => {
  kit = await openCore({ queue: { maxConcurrentJobs: 5 } });
  await kit.core.startWorker();
});
afterEach(() => kit.close());

test('an attempt that takes too long counts as completed if it finishes anyway', async () => {
  kit.register('slow', async (_data, _id, _attempt, job) => {
    await new Promise<void>((resolve) => job.signal.addEventListener('abort', () => resolve()));
    return { success: true };
  });
  const id = await kit.add({ type: 'slow', data: {}, timeout: 1_000 });
  await kit.idle();
  await kit.clock.advance(1_000);
  await kit.idle();
  expect(await kit.state(id)).toBe('completed');
});

describe('a processor that ignores its signal', () => {
  test('can no longer log or report progress, and its late error has no effect', async () => {
    let late: () => void = () => {};
    kit.register('deaf', async (_data, _id, _attempt, job) => {
      await new Promise<void>((resolve) => (late = resolve));
      job.log.info('late');
      await job.progress({ percentage: 99 });
      throw new Error('late');
    });
    const id = await kit.add({ type: 'deaf', data: {}, timeout: 1_000, maxRetries: 0 });
    await kit.idle();
    await kit.clock.advance(3_000);
    late();
    await kit.clock.advance(1_000);
    expect(await kit.row(id)).toMatchObject({
      state: 'failed',
      progress: null,
      error: 'the attempt timed out after 1.0 s',
    });
    expect([await kit.core.reads.logs(id), await kit.core.peers.stuck()]).toEqual([[], 0]);
  });

  test('that was cancelled loses its slot two seconds later, and its timeout is cleared', async () => {
    kit.register('deaf', () => new Promise(() => {}));
    // Let the node report the new type.
    await kit.clock.advance(1_000);
    const before = kit.clock.pending;
    const id = await kit.add({ type: 'deaf', data: {}, timeout: 86_400_000 });
    await kit.idle();
    expect(await kit.core.actions.cancel(id, null)).toBe(true);
    await kit.clock.advance(2_000);
    await kit.idle();
    expect([kit.core.worker.free, await kit.core.peers.stuck(), kit.clock.pending]).toEqual([5, 1, before]);
    expect(await kit.row(id)).toMatchObject({ state: 'cancelled', lease_until: null });
    expect((await kit.core.reads.attempts(id)).map((attempt) => attempt.outcome)).toEqual(['cancelled']);
  });
});
