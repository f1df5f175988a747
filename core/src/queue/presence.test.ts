// The row of a process in the table of nodes: what it reports, and whether it is live.
import { spawnSync } from 'node:child_process';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { type CoreKit, openCore } from '../../test/core-kit.ts';
import { version } from '../kernel/identity.ts';
import type { Dialect } from '../store/dialect.ts';
import type { AboutNode } from '../store/node-store.ts';

let kit: CoreKit;
/** Write transactions since the last call of `since`. */
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
  test('has a row from the start, without lanes, types and slots until its worker starts', async () => {
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
      plugins: {},
    });
  });

  test('reports what it can run once its worker starts', async () => {
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

  test('reports many changes in one write, at most once a second', async () => {
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

  test('without a worker sends its own heartbeat', async () => {
    const start = kit.clock.now();
    since();
    await kit.clock.advance(30_000);
    expect([since(), (await seen())?.heartbeatAt]).toEqual([3, start + 30_000]);
  });

  test('with a worker sends its heartbeat with the lease renewal, and reports its running jobs', async () => {
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

  test.each([false, true])(
    'whose row is gone restores it with its next heartbeat (with a worker: %s)',
    async (works) => {
      if (works) await kit.core.startWorker();
      await kit.dialect.db.deleteFrom('pwj_nodes').execute();
      await kit.clock.advance(10_000);
      expect(await seen()).toMatchObject({ id: kit.core.identity.node, live: true });
    },
  );

  test('that has been silent for longer than a lease does not count as live', async () => {
    const other = (await seen())?.id;
    expect((await kit.core.peers.all())[0]).toMatchObject({ id: other, live: true });
    await kit.dialect.db
      .updateTable('pwj_nodes')
      .set({ heartbeat_at: kit.clock.now() - 30_001 })
      .execute();
    expect(await seen()).toMatchObject({ id: other, live: false });
  });

  test('on this machine does not count as live once it is dead, even after a recent heartbeat', async () => {
    const { pid } = spawnSync(process.execPath, ['--version']);
    await kit.dialect.db.updateTable('pwj_nodes').set({ pid }).execute();
    expect(await seen()).toMatchObject({ pid, live: false });
  });

  test('leaves no row and no timer behind, even if a change was about to be reported', async () => {
    const path = join(await temporaryFolder(), 'jobs.db');
    const [watching, leaving] = [await openCore({ path }), await openCore({ path })];
    await leaving.stop();
    leaving.register('late', async () => {});
    await leaving.core.close();
    await leaving.clock.advance(20_000);
    expect(leaving.clock.pending).toBe(0);
    expect((await watching.core.peers.all()).map(({ id }) => id)).toEqual([watching.core.identity.node]);
    await watching.close();
  });
});
