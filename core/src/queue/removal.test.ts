// Old finished jobs are removed in small passes, with everything that belongs to them.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { byHand } from '../../test/by-hand.ts';
import { type CoreKit, openCore } from '../../test/core-kit.ts';
import { NodeStore } from '../store/node-store.ts';

let kit: CoreKit;
/** At the usual intervals, a simulated day would take minutes on engines where each statement is a round trip. */
const SELDOM = { sweepInterval: 600_000, leaseDuration: 3_600_000, pollInterval: 3_600_000 };
beforeEach(async () => {
  kit = await openCore({ queue: SELDOM });
  kit.register('fine', async (_data, _id, _attempt, job) => job.log.info('done'));
});
afterEach(() => kit.close());

async function clean(): Promise<boolean> {
  const cleaned = kit.core.removal.clean();
  await kit.clock.advance(5_000);
  return cleaned;
}

test('retention removes processes that have been silent for a day, but not those that hold a job', async () => {
  const nodes = new NodeStore({ dialect: kit.dialect });
  const add = (node: string) =>
    nodes.beat({ node, host: 'h', boot: '', namespace: '', pid: 1, processStarted: '' }, 1, {});
  await add('old');
  await add('holds');
  const id = await kit.add({ type: 'fine', data: {} });
  await byHand(kit.dialect.db)
    .updateTable('pwj_jobs')
    .set({ state: 'processing', node: 'holds', lease_until: kit.clock.now() * 2 })
    .where('id', '=', id)
    .execute();
  await clean();
  const left = await kit.dialect.reader.selectFrom('pwj_nodes').select('id').execute();
  expect(left.map((row) => row.id).sort()).toEqual([kit.core.identity.node, 'holds'].sort());
});
