// A job from its claim to its end: the processor's result decides its outcome.
import { discard, lazy, type Processor, snooze } from '@phraseworks/sdk';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { setColumns } from '../../test/by-hand.ts';
import { type CoreKit, openCore } from '../../test/core-kit.ts';

let kit: CoreKit;
beforeEach(async () => {
  kit = await openCore();
  await kit.core.startWorker();
});
afterEach(() => kit.close());

const get = async (id: string) => kit.core.reads.get(id);
const attempts = async (id: string) =>
  (await kit.core.reads.attempts(id)).map((attempt) => `${attempt.attempt} ${attempt.outcome}`);

/** Adds a job whose processor runs one step per attempt, repeating the last; waits for its first attempt to end. */
async function run(steps: Processor[], job: object = {}) {
  let n = 0;
  const type = 'job';
  kit.register(type, (...args) => (steps[Math.min(n++, steps.length - 1)] as Processor)(...args));
  const id = await kit.add({ type, data: { a: 1 }, ...job });
  await kit.idle();
  return { id, calls: () => n };
}

describe('a job', () => {
  test('that is snoozed uses up no attempt, however often', async () => {
    const { id, calls } = await run(
      [
        () => snooze(60_000, 'maintenance'),
        () => {
          throw snooze(60_000, 'maintenance');
        },
        async () => {},
      ],
      { maxRetries: 0 },
    );
    expect(await get(id)).toMatchObject({
      state: 'scheduled',
      attempt: 0,
      reason: 'maintenance',
      dueAt: kit.clock.now() + 60_000,
    });
    await kit.clock.advance(120_000);
    await kit.idle();
    expect([calls(), await get(id)]).toMatchObject([3, { state: 'completed', attempt: 1, run: 3 }]);
    expect(await attempts(id)).toEqual(['1 snoozed', '1 snoozed', '1 completed']);
    expect((await kit.core.reads.history(id)).map((row) => row.event)).toEqual(['job_snoozed', 'job_snoozed']);
  });

  test('that is discarded ends without a failure', async () => {
    const { id } = await run([() => discard('the post was deleted')]);
    expect(await get(id)).toMatchObject({ state: 'cancelled', reason: 'discarded: the post was deleted', error: null });
    expect(kit.eventsOf(id)).toEqual(['job_added', 'job_started', 'job_cancelled']);
  });
});

test('a large result is stored, and its event gives only the size', async () => {
  const { id } = await run([async () => ({ success: true, result: 'x'.repeat(500_000) })]);
  expect((await get(id))?.result).toHaveLength(500_002);
  expect(kit.events.at(-1)).toMatchObject({ event: 'job_completed', resultBytes: 500_002 });
  expect(kit.events.at(-1)).not.toHaveProperty('result');
});

test('a corrupt stored job fails without a retry if it no longer matches the schema, and says why', async () => {
  kit.register('strict', async () => {}, { data: z.object({ to: z.email() }) });
  const id = await kit.add({ type: 'strict', data: { to: 'ada@example.org' }, delay: 1_000 });
  await setColumns(kit.dialect.db, id, { data: '{"to":"hunter2"}' });
  await kit.clock.advance(1_000);
  await kit.idle();
  expect(await get(id)).toMatchObject({
    state: 'failed',
    reason: 'invalid_data',
    error: 'data.to is not a valid email',
  });
});

test('a lazy processor is loaded once, and again after a load that failed', async () => {
  let loads = 0;
  const load = async (): Promise<{ default: Processor }> => {
    loads += 1;
    if (loads === 1) throw new Error('no such module');
    return { default: async () => ({ success: true, result: loads }) };
  };
  kit.core.registry.register({
    type: 'heavy',
    plugin: null,
    processor: lazy(load),
    options: {},
    enter: (fn) => fn(),
  });
  const id = await kit.add({ type: 'heavy', data: {}, retryDelay: 0 });
  await kit.idle();
  await kit.add({ type: 'heavy', data: {} });
  await kit.idle();
  expect([loads, (await get(id))?.result, await attempts(id)]).toEqual([2, '2', ['1 retry', '2 completed']]);
});
