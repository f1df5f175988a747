// One schedule on three nodes: a tick adds one job, whichever node is first.
import { afterEach, expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { type CoreKit, openCore } from '../../test/core-kit.ts';
import { createLogger } from '../kernel/logger.ts';
import { ScheduleStore } from '../store/schedule-store.ts';
import { Scheduler } from './scheduler.ts';
import { Schedules } from './schedules.ts';

const TICKS = 100;

interface Node {
  kit: CoreKit;
  scheduler: Scheduler;
  schedules: Schedules;
}

const nodes: Node[] = [];
afterEach(async () => {
  for (const { kit, scheduler } of nodes.splice(0)) {
    await scheduler.stop();
    await kit.close();
  }
});

async function open(path: string): Promise<Node> {
  const kit = await openCore({ path });
  kit.register('tick', async () => {});
  const { core, clock } = kit;
  const store = new ScheduleStore(core.ledger);
  const scheduler = new Scheduler({
    store,
    clock,
    log: createLogger('silent'),
    isActive: () => true,
    fire: (job, about) => core.queue.addTick(job, about),
  });
  const schedules = new Schedules({ store, clock, changed: () => scheduler.poke(), check: () => null });
  const node = { kit, scheduler, schedules };
  nodes.push(node);
  return node;
}

test('100 ticks of a schedule that fires every second, on three processes at once, are 100 jobs', async () => {
  const path = `${await temporaryFolder()}/jobs.db`;
  const all = [await open(path), await open(path), await open(path)] as const;
  await all[0].schedules.save(
    null,
    { name: 'tick', schedule: '* * * * * *', jobData: { type: 'tick', data: {} } },
    false,
  );
  for (const { scheduler } of all) scheduler.start();
  for (let i = 0; i < TICKS; i += 1) await Promise.all(all.map(({ kit }) => kit.clock.advance(1_000)));
  const jobs = await all[0].kit.dialect.reader.selectFrom('pwj_jobs').select(['id', 'schedule']).execute();
  const ticks = await all[0].kit.dialect.reader.selectFrom('pwj_ticks').select('tick').execute();
  expect([jobs.length, ticks.length, new Set(ticks.map(({ tick }) => Number(tick))).size]).toEqual([
    TICKS,
    TICKS,
    TICKS,
  ]);
}, 120_000);
