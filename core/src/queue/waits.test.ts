// How long a job waited and ran, as reported by the event that ends its attempt.
import { afterEach, expect, test } from 'vitest';
import { type CoreKit, openCore } from '../../test/core-kit.ts';

let kit: CoreKit;
afterEach(() => kit.close());

/** Of the latest finished attempt. */
const times = (id: string) => {
  const ended = kit.events.filter(({ jobId, duration }) => jobId === id && duration !== undefined).at(-1);
  return ended && { event: ended.event, wait: ended.wait, duration: ended.duration };
};

/** With jobs that run until the test ends them. */
async function open(): Promise<{ end: (success: boolean) => Promise<void> }> {
  kit = await openCore();
  const waiting: ((success: boolean) => void)[] = [];
  const processor = () =>
    new Promise<{ success: boolean; error?: string }>((resolve) => {
      waiting.push((success) => resolve(success ? { success } : { success, error: 'no' }));
    });
  kit.register('work', processor as never, { retryDelay: 5_000 }, 'shop');
  return {
    end: async (success) => {
      await kit.idle();
      for (const resolve of waiting.splice(0)) resolve(success);
      await kit.idle();
    },
  };
}

test('a job added before the worker started waited for it', async () => {
  const { end } = await open();
  const id = await kit.add({ type: 'work', data: {} });
  await kit.clock.advance(700);
  await kit.core.startWorker();
  await kit.idle();
  await kit.clock.advance(40);
  await end(true);
  expect(times(id)).toEqual({ event: 'job_completed', wait: 700, duration: 40 });
});

test('neither a delay nor the pause before a retry counts as waiting', async () => {
  const { end } = await open();
  await kit.core.startWorker();
  const id = await kit.add({ type: 'work', data: {}, delay: 60_000 });
  await kit.clock.advance(60_000);
  await end(false);
  expect(times(id)).toMatchObject({ event: 'job_retry', wait: 0 });
  await kit.clock.advance(5_000);
  await end(true);
  expect(times(id)).toMatchObject({ event: 'job_completed', wait: 0 });
});

test('the time for which a type was held is not waiting', async () => {
  const { end } = await open();
  kit.core.registry.setPlugin('shop', 'plugin_disabled');
  await kit.core.startWorker();
  const id = await kit.add({ type: 'work', data: {} });
  await kit.clock.advance(60_000);
  kit.core.registry.setPlugin('shop', 'on');
  await end(true);
  expect(times(id)).toEqual({ event: 'job_completed', wait: 0, duration: 0 });
});

test('the wait of a later attempt is unknown if a stop released it', async () => {
  const { end } = await open();
  await kit.core.startWorker();
  const id = await kit.add({ type: 'work', data: {} });
  await end(false);
  await kit.clock.advance(5_000);
  await kit.idle();
  await kit.stop();
  await kit.core.startWorker();
  await end(true);
  expect(times(id)).toEqual({ event: 'job_completed', wait: undefined, duration: 0 });
});
