// A plugin that is switched off while its jobs run: they may end, or they go back; those of others go on.
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

test('drained, it waits for the running job to end, and only for its own', async () => {
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

test('drained for too long, the job is aborted and goes back, and no attempt is spent', async () => {
  const { mail, shop } = await both();
  const waiting = kit.core.worker.quiesce('mail', { running: 'drain', timeout: 5_000 });
  kit.core.registry.setPlugin('mail', 'plugin_disabled');
  await kit.clock.advance(5_000);
  await waiting;
  expect(await kit.row(mail)).toMatchObject({ state: 'ready', attempt: 0, lease_until: null });
  expect([await kit.state(shop), whys]).toEqual(['processing', ['mail disabled']]);
});

test('aborted, it does not wait', async () => {
  const { mail } = await both();
  kit.core.registry.setPlugin('mail', 'plugin_disabled');
  await kit.core.worker.quiesce('mail', { running: 'abort', timeout: 30_000 });
  expect([await kit.state(mail), whys]).toEqual(['ready', ['mail disabled']]);
});

test('a plugin of which nothing runs is quiet at once', async () => {
  await both();
  await kit.core.worker.quiesce('other', { running: 'drain', timeout: 30_000 });
  expect(kit.core.worker.running).toHaveLength(2);
});
