// Old finished jobs are removed in small passes, with everything that belongs to them.
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { turn } from '../../../testing/src/manual-clock.ts';
import { byHand } from '../../test/by-hand.ts';
import { type CoreKit, openCore } from '../../test/core-kit.ts';
import { insertJobs } from '../../test/large-tables.ts';

let kit: CoreKit;
/** At the usual intervals, a simulated day would take minutes on engines where each statement is a round trip. */
const SELDOM = { sweepInterval: 600_000, leaseDuration: 3_600_000, pollInterval: 3_600_000 };
beforeEach(async () => {
  kit = await openCore({ queue: SELDOM });
  kit.register('fine', async (_data, _id, _attempt, job) => job.log.info('done'));
});
afterEach(() => kit.close());

const rows = async (table: string) =>
  (await sql<{ n: number }>`select count(*) as n from ${sql.table(table)}`.execute(kit.dialect.db)).rows[0]?.n;
async function clean(): Promise<boolean> {
  const cleaned = kit.core.retention.clean();
  await kit.clock.advance(5_000);
  return cleaned;
}

describe('retention', () => {
  test('continues a second later with what a round left', async () => {
    await insertJobs(kit.dialect, 60_000, { type: "'fine'", lane: "'app'", state: "'failed'", finished_at: '1' });
    expect(await clean()).toBe(false);
    const left = (await rows('pwj_jobs')) ?? 0;
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThan(60_000);
    await kit.core.startWorker();
    await kit.clock.advance(3_600_000);
    await kit.clock.advance(20_000);
    expect(await rows('pwj_jobs')).toBe(0);
  });

  test('removes old events, in passes, and keeps the newest', async () => {
    for (let i = 0; i < 1_200; i += 1) await kit.add({ type: 'unknown', data: i });
    expect(await rows('pwj_events')).toBe(1_200);
    await kit.clock.advance(3_600_001);
    const cleaned = kit.core.retention.clean();
    expect(await Promise.race([cleaned, turn(1).then(() => 'the site has its turn')])).toBe('the site has its turn');
    await cleaned;
    expect(await rows('pwj_events')).toBe(1);
    await kit.add({ type: 'unknown', data: 'new' });
    expect(kit.events).toHaveLength(1_201);
  });

  test('removes no event if none is old', async () => {
    for (let i = 0; i < 30; i += 1) await kit.add({ type: 'unknown', data: i });
    expect(await kit.core.maintenance.pruneEvents(kit.clock.now())).toBe(0);
    expect(await rows('pwj_events')).toBe(30);
  });

  test('repairs counts that were changed by hand', async () => {
    await kit.add({ type: 'fine', data: {} });
    await sql`update pwj_counts set n = -3`.execute(kit.dialect.db);
    await clean();
    expect(await kit.core.reads.counts()).toEqual([{ state: 'ready', type: 'fine', n: 1 }]);
  });

  test('removes processes that have been silent for a day, but not those that hold a job', async () => {
    const add = (id: string) =>
      kit.dialect.db
        .insertInto('pwj_nodes')
        .values({
          id,
          host: 'h',
          boot: '',
          namespace: '',
          pid: 1,
          process_started: '',
          started_at: 1,
          heartbeat_at: 1,
          about: '{}',
        })
        .execute();
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
});
