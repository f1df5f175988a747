// Draining: which processes drain, what they still do, and how to undo it.
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { type CoreKit, openCore } from '../../test/core-kit.ts';
import { isDrained, readDrain, setDrain } from './drain.ts';

let folder: string;
let path: string;
/** A worker; its jobs run until a test ends them. */
let works: CoreKit;
/** Only requests the drain. */
let asks: CoreKit;
let ends: (() => void)[];
beforeEach(async () => {
  folder = await temporaryFolder();
  path = join(folder, 'jobs.db');
  ends = [];
  works = await open();
  asks = await openCore({ path });
});
afterEach(async () => {
  await works.close();
  await asks.close();
});

async function open(): Promise<CoreKit> {
  const kit = await openCore({ path, queue: { sweepInterval: 1_000_000 } });
  kit.register('t', () => new Promise<void>((resolve) => void ends.push(resolve)));
  kit.core.startListening();
  await kit.core.startWorker();
  return kit;
}

const all = { all: true } as const;
const id = (kit: CoreKit): string => kit.core.identity.node;
const set = (which: Parameters<typeof setDrain>[1], on: boolean) => setDrain(asks.core.ledger, which, on);
const soon = async (kit = works): Promise<void> => {
  await kit.clock.advance(2_000);
  await kit.idle();
};
const draining = async (kit = works) =>
  (await asks.core.peers.all()).find((node) => node.id === id(kit))?.about.draining;

describe('a process with a drain request', () => {
  test('finishes running jobs and claims no more, within two seconds, until the drain is undone', async () => {
    const first = await works.add({ type: 't', data: 1 });
    await works.idle();
    await set(all, true);
    await soon();
    const second = await works.add({ type: 't', data: 2 });
    await works.idle();
    expect([await works.state(first), await works.state(second), await draining()]).toEqual([
      'processing',
      'ready',
      true,
    ]);
    ends[0]?.();
    await works.idle();
    expect([await works.state(first), await works.state(second)]).toEqual(['completed', 'ready']);
    await set(all, false);
    await soon();
    expect([await works.state(second), await draining()]).toEqual(['processing', false]);
  });

  test('continues if the request names another process', async () => {
    const other = await open();
    await set({ nodes: [id(other)] }, true);
    await soon();
    await soon(other);
    expect([works.core.worker.draining, other.core.worker.draining]).toEqual([false, true]);
    await other.close();
  });

  test('drains from its start if the request is for all', async () => {
    await set(all, true);
    const late = await open();
    expect([late.core.worker.draining, await draining(late)]).toEqual([true, true]);
    await late.close();
  });

  test('notices the request at the next sweep if it missed the event', async () => {
    works.core.wakeup.stop();
    await set(all, true);
    await works.core.sweep();
    expect(works.core.worker.draining).toBe(true);
  });
});

describe('the drain request', () => {
  test('is one row, to which processes are added and from which they are removed one by one', async () => {
    const [a, b] = [id(works), id(asks)].sort() as [string, string];
    expect(await readDrain(asks.dialect)).toBeNull();
    expect(await set({ nodes: [a] }, true)).toEqual({ nodes: [a] });
    expect(await set({ nodes: [b] }, true)).toEqual({ nodes: [a, b] });
    expect(await set({ nodes: [a] }, false)).toEqual({ nodes: [b] });
    expect(await readDrain(works.dialect)).toEqual({ nodes: [b] });
    expect(await set({ nodes: [b] }, false)).toBeNull();
    expect(await readDrain(works.dialect)).toBeNull();
  });

  test('for all processes can only be undone for all', async () => {
    expect(await set(all, true)).toEqual(all);
    expect(await set({ nodes: [id(works)] }, true)).toEqual(all);
    await expect(set({ nodes: [id(works)] }, false)).rejects.toMatchObject({ code: 'INVALID_STATE' });
    expect(await readDrain(asks.dialect)).toEqual(all);
    expect(await set(all, false)).toBeNull();
  });

  test('drops processes that have signed off, and those that never signed on', async () => {
    const other = await open();
    expect(await set({ nodes: [id(other), 'nobody'] }, true)).toEqual({ nodes: [id(other)] });
    await other.close();
    expect(await set({ nodes: [id(works)] }, true)).toEqual({ nodes: [id(works)] });
    expect(await set({ nodes: [] }, true)).toEqual({ nodes: [id(works)] });
  });

  test('is ignored if its row was corrupted by hand', async () => {
    for (const value of ['{', '[]', 'null', '{"nodes":5}']) {
      await asks.dialect.db.insertInto('pwj_meta').values({ key: 'drain', value }).execute();
      expect(await readDrain(asks.dialect)).toBeNull();
      await asks.dialect.db.deleteFrom('pwj_meta').where('key', '=', 'drain').execute();
    }
    expect(isDrained(null, 'a')).toBe(false);
  });

  test('merges two requests made at the same time', async () => {
    const nodes = [id(works), id(asks)].sort();
    await Promise.all([
      setDrain(works.core.ledger, { nodes: [nodes[0] as string] }, true),
      setDrain(asks.core.ledger, { nodes: [nodes[1] as string] }, true),
    ]);
    expect(await readDrain(asks.dialect)).toEqual({ nodes });
  });
});
