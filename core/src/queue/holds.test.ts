// Why nothing runs a type: decided from pauses, plugins and live processes, never stored with a job.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { openCore } from '../../test/core-kit.ts';
import { type HoldFacts, heldBy } from './holds.ts';

const facts: HoldFacts = {
  pauseOf: () => null,
  ownerOf: () => 'post',
  disabled: new Set(),
  isRegistered: () => true,
  nodes: [],
};
const pauseOf = () => ({ kind: 'type', name: 'mail', since: 1, by: null, until: null, reason: null }) as const;
const runner = { slots: 5, types: ['mail'], plugins: { post: 'on' } };
const idle = (state: string) => ({ slots: 5, types: [], plugins: { post: state } });

test.each<[string, Partial<HoldFacts>, string | null]>([
  ['no process lives', {}, null],
  ['a process runs it', { nodes: [runner] }, null],
  ['paused, although a process runs it', { nodes: [runner], pauseOf }, 'paused'],
  [
    'switched off, although a process still says that it runs it',
    { nodes: [runner], disabled: new Set(['post']) },
    'plugin_disabled',
  ],
  ['off by the configuration of one process, on in another', { nodes: [idle('off'), runner] }, null],
  ['off in every process', { nodes: [idle('off'), idle('off')] }, 'plugin_disabled'],
  ['failed in one process and off in the other', { nodes: [idle('off'), idle('failed')] }, 'plugin_failed'],
  ['starting in one, failed in the other', { nodes: [idle('failed'), idle('starting')] }, null],
  ['its plugin waits for another', { nodes: [idle('waiting')] }, 'plugin_waiting'],
  [
    'its data does not fit, and no other process runs it',
    { nodes: [{ ...idle('on'), refused: { mail: 'why' } }] },
    'data_version',
  ],
  [
    'its data does not fit here, but another process runs it',
    { nodes: [{ ...idle('on'), refused: { mail: 'why' } }, runner] },
    null,
  ],
  ['nobody owns it', { ownerOf: () => undefined, isRegistered: () => false }, 'no_processor'],
  ['the application has it, and its workers are gone', { ownerOf: () => undefined }, null],
  ['a process that only serves pages has it', { nodes: [{ ...runner, slots: 0 }, idle('failed')] }, null],
])('%s', (_name, more, reason) => {
  expect(heldBy('mail', { ...facts, ...more })).toBe(reason);
});

test('a process leaves the types of others alone, and turns go to plugins before their types', async () => {
  const path = join(await temporaryFolder(), 'jobs.db');
  const a = await openCore({ path, queue: { maxConcurrentJobs: 4 } });
  const b = await openCore({ path });
  const ran: string[] = [];
  for (const type of ['x1', 'x2', 'x3']) a.register(type, async () => void ran.push('x'), {}, 'x');
  a.register('y', async () => void ran.push('y'), {}, 'y');
  b.register('z', async () => {}, {}, 'z');
  const foreign = await b.add({ type: 'z', data: 1 });
  for (const type of ['x1', 'x2', 'x3', 'y']) for (let n = 0; n < 4; n += 1) await a.add({ type, data: n });
  await a.core.startWorker();
  await a.idle();
  expect([ran.slice(0, 4).sort(), await b.state(foreign), (await b.row(foreign)).run]).toEqual([
    ['x', 'x', 'y', 'y'],
    'ready',
    0,
  ]);
  await a.close();
  await b.close();
});

test('types with one lane share the smallest of their limits', async () => {
  const kit = await openCore({ queue: { maxConcurrentJobs: 10 } });
  let running = 0;
  let most = 0;
  for (const [type, concurrency] of [
    ['a', 4],
    ['b', 2],
    ['c', undefined],
  ] as const)
    kit.register(
      type,
      async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
      },
      { lane: 'slow', ...(concurrency ? { concurrency } : {}) },
    );
  for (const type of ['a', 'b', 'c']) for (let n = 0; n < 5; n += 1) await kit.add({ type, data: n });
  await kit.core.startWorker();
  while ((await kit.core.reads.counts()).some(({ state }) => state !== 'completed')) await kit.idle();
  expect(most).toBe(2);
  await kit.close();
});
