// Draining: who is asked, what they still do, and how it is taken back.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CoreKit, openCore } from '../../test/core-kit.ts';
import { isDrained, readDrain, setDrain } from './drain.ts';

let folder: string;
let path: string;
/** Works; its jobs run until a test ends them. */
let works: CoreKit;
/** Only asks. */
let asks: CoreKit;
let ends: (() => void)[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'drain-'));
  path = join(folder, 'jobs.db');
  ends = [];
  works = await open();
  asks = await openCore({ path });
});
afterEach(async () => {
  await works.close();
  await asks.close();
  rmSync(folder, { recursive: true, force: true });
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

describe('a process that is asked to drain', () => {
  test('lets run what runs and claims nothing more, within two seconds, until that is taken back', async () => {
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

  test('is left alone when others are meant', async () => {
    const other = await open();
    await set({ nodes: [id(other)] }, true);
    await soon();
    await soon(other);
    expect([works.core.worker.draining, other.core.worker.draining]).toEqual([false, true]);
    await other.close();
  });

  test('drains from its start when all are asked to', async () => {
    await set(all, true);
    const late = await open();
    expect([late.core.worker.draining, await draining(late)]).toEqual([true, true]);
    await late.close();
  });

  test('is found by the sweep when the news did not reach it', async () => {
    works.core.wakeup.stop();
    await set(all, true);
    await works.core.sweep();
    expect(works.core.worker.draining).toBe(true);
  });
});

describe('who is asked', () => {
  test('is one row, which adds up and is taken back one by one', async () => {
    const [a, b] = [id(works), id(asks)].sort() as [string, string];
    expect(await readDrain(asks.dialect)).toBeNull();
    expect(await set({ nodes: [a] }, true)).toEqual({ nodes: [a] });
    expect(await set({ nodes: [b] }, true)).toEqual({ nodes: [a, b] });
    expect(await set({ nodes: [a] }, false)).toEqual({ nodes: [b] });
    expect(await readDrain(works.dialect)).toEqual({ nodes: [b] });
    expect(await set({ nodes: [b] }, false)).toBeNull();
    expect(await readDrain(works.dialect)).toBeNull();
  });

  test('all of them can only go on together', async () => {
    expect(await set(all, true)).toEqual(all);
    expect(await set({ nodes: [id(works)] }, true)).toEqual(all);
    await expect(set({ nodes: [id(works)] }, false)).rejects.toMatchObject({ code: 'INVALID_STATE' });
    expect(await readDrain(asks.dialect)).toEqual(all);
    expect(await set(all, false)).toBeNull();
  });

  test('processes that have signed off are forgotten, and those that never signed on', async () => {
    const other = await open();
    expect(await set({ nodes: [id(other), 'nobody'] }, true)).toEqual({ nodes: [id(other)] });
    await other.close();
    expect(await set({ nodes: [id(works)] }, true)).toEqual({ nodes: [id(works)] });
    expect(await set({ nodes: [] }, true)).toEqual({ nodes: [id(works)] });
  });

  test('is nobody when a hand has made the row unreadable', async () => {
    for (const value of ['{', '[]', 'null', '{"nodes":5}']) {
      await asks.dialect.db.insertInto('pwj_meta').values({ key: 'drain', value }).execute();
      expect(await readDrain(asks.dialect)).toBeNull();
      await asks.dialect.db.deleteFrom('pwj_meta').where('key', '=', 'drain').execute();
    }
    expect(isDrained(null, 'a')).toBe(false);
  });

  test('two that ask at the same time are both heard', async () => {
    const nodes = [id(works), id(asks)].sort();
    await Promise.all([
      setDrain(works.core.ledger, { nodes: [nodes[0] as string] }, true),
      setDrain(asks.core.ledger, { nodes: [nodes[1] as string] }, true),
    ]);
    expect(await readDrain(asks.dialect)).toEqual({ nodes });
  });
});
