// The row of a process in the table of nodes: what it reports, and whether it is live.
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { type CoreKit, openCore } from '../../test/core-kit.ts';

let kit: CoreKit;
beforeEach(async () => {
  kit = await openCore({ queue: { sweepInterval: 1_000_000 } });
});
afterEach(() => kit.close());

const seen = async () => (await kit.core.peers.all())[0];

describe('a process', () => {
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
