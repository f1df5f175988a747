// A plugin that is disabled while its jobs run: they finish or are released, and other plugins' jobs continue.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CoreKit, openCore } from '../../test/core-kit.ts';

let kit: CoreKit;
let ends: Map<string, () => void>;
let whys: string[];
beforeEach(async () => {
  kit = await openCore();
  ends = new Map();
  whys = [];
  for (const plugin of ['mail', 'shop']) {
    kit.register(
      `${plugin}.t`,
      async (_data, _id, _attempt, job) => {
        await new Promise<void>((resolve, reject) => {
          ends.set(plugin, resolve);
          job.signal.addEventListener('abort', () => {
            whys.push(`${plugin} ${job.signal.reason.why}`);
            reject(job.signal.reason);
          });
        });
      },
      {},
      plugin,
    );
  }
  await kit.core.startWorker();
});
afterEach(() => kit.close());

async function both(): Promise<{ mail: string; shop: string }> {
  const [mail, shop] = [await kit.add({ type: 'mail.t', data: {} }), await kit.add({ type: 'shop.t', data: {} })];
  await kit.idle();
  return { mail, shop };
}

test('draining waits for the running jobs of the plugin, and only for those', async () => {
  const { mail, shop } = await both();
  let quiet = false;
  const waiting = kit.core.worker.quiesce('mail', { running: 'drain', timeout: 30_000 }).then(() => {
    quiet = true;
  });
  await kit.clock.advance(29_000);
  expect(quiet).toBe(false);
  ends.get('mail')?.();
  await waiting;
  expect([await kit.state(mail), await kit.state(shop), whys]).toEqual(['completed', 'processing', []]);
});

test('a drain that takes too long aborts and releases the job, without using up an attempt', async () => {
  const { mail, shop } = await both();
  const waiting = kit.core.worker.quiesce('mail', { running: 'drain', timeout: 5_000 });
  kit.core.registry.setPlugin('mail', 'plugin_disabled');
  await kit.clock.advance(5_000);
  await waiting;
  expect(await kit.row(mail)).toMatchObject({ state: 'ready', attempt: 0, lease_until: null });
  expect([await kit.state(shop), whys]).toEqual(['processing', ['mail disabled']]);
});
