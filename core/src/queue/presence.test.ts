// The row of a process among the nodes: what it says of itself, and that it lives.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CoreKit, openCore } from '../../test/core-kit.ts';
import { version } from '../kernel/identity.ts';
import type { Dialect } from '../store/dialect.ts';
import type { AboutNode } from '../store/node-store.ts';

let kit: CoreKit;
/** Write transactions since the last look. */
let writes: number;
const counting = (dialect: Dialect): Dialect => ({
  ...dialect,
  transaction: (work) => {
    writes += 1;
    return dialect.transaction(work);
  },
});
beforeEach(async () => {
  writes = 0;
  kit = await openCore({ wrap: counting, queue: { sweepInterval: 1_000_000 } });
});
afterEach(() => kit.close());

const seen = async () => (await kit.core.peers.all())[0];
const about = async (): Promise<AboutNode> => (await seen())?.about ?? {};
const since = (): number => {
  const n = writes;
  writes = 0;
  return n;
};

describe('a process', () => {
  test('has a row from the start, with no lanes, types and slots until it works', async () => {
    kit.register('mail', async () => {}, {}, 'mail');
    await kit.clock.advance(1_000);
    expect(await about()).toEqual({
      version: version(),
      hostname: hostname(),
      roles: ['web', 'worker', 'scheduler'],
      lanes: {},
      types: [],
      slots: 0,
      running: 0,
      stuck: 0,
      draining: false,
      plugins: {},
    });
  });

  test('tells what it runs when it begins to work', async () => {
    kit.register('mail', async () => {}, {}, 'mail');
    kit.register('pic', async () => {}, { concurrency: 2 }, 'image');
    kit.register('off', async () => {}, {}, 'gone');
    kit.core.registry.setPlugin('gone', 'plugin_disabled');
    await kit.core.startWorker();
    expect(await about()).toMatchObject({
      lanes: { mail: null, 'image/pic': 2 },
      types: ['jobs.bulk', 'mail', 'pic'],
      slots: 5,
    });
  });

  test('tells of many changes with one write, at most once a second', async () => {
    await kit.core.startWorker();
    await kit.clock.advance(5_000);
    since();
    for (let n = 0; n < 20; n += 1) kit.register(`first${n}`, async () => {});
    await kit.clock.advance(100);
    expect([since(), (await about()).types?.length]).toEqual([1, 21]);
    for (let n = 0; n < 20; n += 1) kit.register(`second${n}`, async () => {});
    await kit.clock.advance(999);
    expect([since(), (await about()).types?.length]).toEqual([0, 21]);
    await kit.clock.advance(1);
    expect([since(), (await about()).types?.length]).toEqual([1, 41]);
  });

  test('that does not work beats by itself', async () => {
    const start = kit.clock.now();
    since();
    await kit.clock.advance(30_000);
    expect([since(), (await seen())?.heartbeatAt]).toEqual([3, start + 30_000]);
  });

  test('that works beats with the renewal of its leases, and says how many jobs run', async () => {
    kit.register('slow', () => new Promise(() => {}));
    await kit.core.startWorker();
    await kit.add({ type: 'slow', data: {} });
    await kit.idle();
    const start = kit.clock.now();
    expect((await about()).running).toBe(0);
    since();
    await kit.clock.advance(10_000);
    expect([since(), (await seen())?.heartbeatAt, (await about()).running]).toEqual([1, start + 10_000, 1]);
  });

  test.each([false, true])('whose row is gone is there again with its next heartbeat (it works: %s)', async (works) => {
    if (works) await kit.core.startWorker();
    await kit.dialect.db.deleteFrom('pwj_nodes').execute();
    await kit.clock.advance(10_000);
    expect(await seen()).toMatchObject({ id: kit.core.identity.node, live: true });
  });

  test('that has not been heard of for longer than a lease does not count as live', async () => {
    const other = (await seen())?.id;
    expect((await kit.core.peers.all())[0]).toMatchObject({ id: other, live: true });
    await kit.dialect.db
      .updateTable('pwj_nodes')
      .set({ heartbeat_at: kit.clock.now() - 30_001 })
      .execute();
    expect(await seen()).toMatchObject({ id: other, live: false });
  });

  test('of this machine does not count as live once it is dead, although it was just heard of', async () => {
    const { pid } = spawnSync(process.execPath, ['--version']);
    await kit.dialect.db.updateTable('pwj_nodes').set({ pid }).execute();
    expect(await seen()).toMatchObject({ pid, live: false });
  });

  test('leaves no row and no timer behind, although a change was about to be told', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'presence-')), 'jobs.db');
    const [watching, leaving] = [await openCore({ path }), await openCore({ path })];
    await leaving.stop();
    leaving.register('late', async () => {});
    await leaving.core.close();
    await leaving.clock.advance(20_000);
    expect(leaving.clock.pending).toBe(0);
    expect((await watching.core.peers.all()).map(({ id }) => id)).toEqual([watching.core.identity.node]);
    await watching.close();
    rmSync(dirname(path), { recursive: true, force: true });
  });
});
