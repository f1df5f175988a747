// Attempts that take too long, and processors that do not care.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type EngineKit, openEngine } from '../../test/engine-kit.ts';

let kit: EngineKit;
beforeEach(async () => {
  kit = await openEngine({ queue: { maxConcurrentJobs: 5 } });
  await kit.engine.startWorker();
});
afterEach(() => kit.close());

describe('an attempt that takes too long', () => {
  test('is told by its signal and retried when it ends', async () => {
    const reasons: string[] = [];
    kit.register('slow', async (_data, _id, _attempt, job) => {
      await new Promise<void>((resolve) => job.signal.addEventListener('abort', () => resolve()));
      reasons.push(job.signal.reason.why);
      throw job.signal.reason;
    });
    const id = await kit.add({ type: 'slow', data: {}, timeout: 1_000, maxRetries: 1, retryDelay: 500 });
    await kit.idle();
    await kit.clock.advance(999);
    expect([reasons, await kit.state(id)]).toEqual([[], 'processing']);
    await kit.clock.advance(1);
    await kit.idle();
    expect(await kit.row(id)).toMatchObject({
      state: 'scheduled',
      reason: 'timeout',
      error: 'the attempt took longer than its time-out of 1000 ms',
    });
    await kit.clock.advance(2_000);
    await kit.idle();
    expect([reasons, await kit.row(id)]).toMatchObject([
      ['timeout', 'timeout'],
      { state: 'failed', reason: 'timeout', attempt: 2 },
    ]);
    expect(await kit.engine.stuck()).toBe(0);
  });

  test('counts as done when it was done all the same', async () => {
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

  test('leaves no timer behind when it ends in time', async () => {
    kit.register('quick', async () => {});
    const before = kit.clock.pending;
    await kit.add({ type: 'quick', data: {} });
    await kit.idle();
    expect(kit.clock.pending).toBe(before);
  });
});

describe('a processor that ignores its signal', () => {
  test('loses its slot two seconds after its time-out: with five of them stuck the sixth job runs', async () => {
    const ends: (() => void)[] = [];
    kit.register('deaf', async () => new Promise<void>((resolve) => void ends.push(resolve)));
    kit.register('quick', async () => {});
    const deaf = [];
    for (let i = 0; i < 5; i += 1) deaf.push(await kit.add({ type: 'deaf', data: i, timeout: 1_000, maxRetries: 0 }));
    const sixth = await kit.add({ type: 'quick', data: {} });
    await kit.idle();
    await kit.clock.advance(2_999);
    expect([await kit.state(sixth), kit.engine.worker.free, await kit.engine.stuck()]).toEqual(['ready', 0, 0]);
    await kit.clock.advance(1);
    await kit.idle();
    expect([await kit.state(sixth), kit.engine.worker.free, await kit.engine.stuck()]).toEqual(['completed', 5, 5]);
    for (const id of deaf) expect(await kit.row(id)).toMatchObject({ state: 'failed', reason: 'timeout', attempt: 1 });
    for (const end of ends) end();
    await kit.idle();
    expect(await kit.engine.stuck()).toBe(0);
    for (const id of deaf) expect(await kit.state(id)).toBe('failed');
  });

  test('can no longer log or report progress, and what it throws at last harms nobody', async () => {
    let late: () => void = () => {};
    kit.register('deaf', async (_data, _id, _attempt, job) => {
      await new Promise<void>((resolve) => {
        late = resolve;
      });
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
      error: 'the attempt took longer than its time-out of 1000 ms',
    });
    expect([await kit.engine.reads.logs(id), await kit.engine.stuck()]).toEqual([[], 0]);
  });

  test('that was cancelled loses its slot two seconds later, and its time-out is forgotten', async () => {
    kit.register('deaf', () => new Promise(() => {}));
    // The others are told of the type.
    await kit.clock.advance(1_000);
    const before = kit.clock.pending;
    const id = await kit.add({ type: 'deaf', data: {}, timeout: 86_400_000 });
    await kit.idle();
    expect(await kit.engine.control.cancel(id, null)).toBe(true);
    await kit.clock.advance(2_000);
    await kit.idle();
    expect([kit.engine.worker.free, await kit.engine.stuck(), kit.clock.pending]).toEqual([5, 1, before]);
    expect(await kit.row(id)).toMatchObject({ state: 'cancelled', lease_until: null });
    expect((await kit.engine.reads.attempts(id)).map((attempt) => attempt.outcome)).toEqual(['cancelled']);
  });
});

test('whatever a processor throws, its job fails and the next one runs', async () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const thrown: unknown[] = [
    undefined,
    null,
    1,
    'x',
    5n,
    Symbol('s'),
    proxy,
    Object.create(null),
    {
      get message() {
        throw new Error('no');
      },
    },
  ];
  kit.register('throws', async (index) => {
    throw thrown[index];
  });
  const ids = await Promise.all(thrown.map((_, i) => kit.add({ type: 'throws', data: i, maxRetries: 0 })));
  await kit.idle();
  await kit.idle();
  for (const id of ids)
    expect(await kit.row(id)).toMatchObject({ state: 'failed', error: expect.stringMatching(/thrown|x/) });
  expect(kit.engine.worker.free).toBe(5);
});
