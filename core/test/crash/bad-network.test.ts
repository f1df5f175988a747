// A real server behind a bad network: connections that hang, and no network at all.
import { JobsError } from '@phraseworks/sdk';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import type { NetworkProxy } from '../../../test/server/proxy.ts';
import { proxyOfTest, serverOfFile } from '../../../test/server/rig.ts';
import { seeded } from '../../../test/server/seeded.ts';
import type { Core } from '../../src/core.ts';
import { realCore } from './real-core.ts';

const server = serverOfFile();
let proxy: NetworkProxy;
beforeEach(async () => {
  proxy = await proxyOfTest(() => server().port, seeded(5));
});

/** How often each job ran, by its number. */
const runs = new Map<number, number>();

async function coreAt(port: number): Promise<Core> {
  const core = await realCore(`mysql://root@127.0.0.1:${port}/jobs`, {});
  core.registry.register({
    type: 'job',
    plugin: null,
    options: {},
    enter: (fn) => fn(),
    processor: async (data) => {
      const { n } = data as { n: number };
      runs.set(n, (runs.get(n) ?? 0) + 1);
    },
  });
  await core.open();
  onTestFinished(async () => {
    await core.stopWorker(0);
    await core.close();
  });
  return core;
}

const isAway = (error: unknown): boolean => error instanceof JobsError && error.code === 'UNAVAILABLE';

test('while connections hang the caller gets an error, and the next job is added once they work again', async () => {
  const core = await coreAt(proxy.port);
  await proxy.become({ kind: 'halfOpen' });
  const job = { type: 'job', data: { n: -1 } };
  await expect(core.queue.add(job, { plugin: null })).rejects.toSatisfy(isAway);
  await proxy.become({ kind: 'pass' });
  await core.queue.add(job, { plugin: null });
}, 60_000);

test('without a network the caller gets an error, and a worker continues by itself when it is back', async () => {
  const core = await coreAt(proxy.port);
  const direct = await coreAt(server().port);
  await core.startWorker();
  core.startListening();
  // What became of a commit in the middle of it would be looked up first, for as long as that takes.
  await core.writes.committed();
  await proxy.become({ kind: 'refuse' });
  await expect(core.queue.add({ type: 'job', data: { n: -2 } }, { plugin: null })).rejects.toSatisfy(isAway);
  await direct.queue.add({ type: 'job', data: { n: 2_000 } }, { plugin: null });
  await proxy.become({ kind: 'pass' });
  await expect.poll(() => runs.get(2_000), { timeout: 10_000 }).toBe(1);
}, 60_000);
