// After a pause or a switched-off plugin is stored, no process claims such a job, although none of them knows of it yet.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { type CoreKit, openCore } from '../../test/core-kit.ts';
import { systemClock } from '../kernel/clock.ts';
import { PluginStore } from '../store/plugin-store.ts';

const PROCESSES = 4;
/** More where somebody asks for it. */
const ROUNDS = Number(process.env.JOBS_TEST_ROUNDS ?? 3);

/** Four workers that claim without a rest, each job for a moment. */
async function openAll(): Promise<CoreKit[]> {
  const path = join(await temporaryFolder(), 'jobs.db');
  const kits: CoreKit[] = [];
  for (let n = 0; n < PROCESSES; n += 1) {
    const kit = await openCore({ path, clock: systemClock, queue: { pollInterval: 60_000, sweepInterval: 60_000 } });
    kit.register('work', () => new Promise((resolve) => setImmediate(resolve)), {}, 'shop');
    await kit.core.startWorker();
    kits.push(kit);
  }
  return kits;
}

/** The jobs of a round: its first and those after it. */
const jobsFrom = ({ dialect }: CoreKit, first: string) =>
  dialect.reader.selectFrom('pwj_jobs').select(['id', 'run', 'state']).where('id', '>=', first).execute();

const waiting = async (kit: CoreKit, first: string): Promise<Map<string, number>> => {
  const rows = await jobsFrom(kit, first);
  return new Map(rows.flatMap(({ id, run, state }) => (state === 'ready' ? [[id, run] as const] : [])));
};

/** How many jobs were claimed after `hold` had resolved, in all rounds. */
async function claimedAfter(
  kits: readonly CoreKit[],
  hold: (kit: CoreKit) => Promise<unknown>,
  free: (kit: CoreKit) => Promise<unknown>,
): Promise<number> {
  const [first] = kits as [CoreKit];
  let claimed = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const jobs = Array.from({ length: 800 }, (_, i) => ({ type: 'work', data: i }));
    const [oldest] = await first.core.queue.addMany(jobs, { plugin: null });
    const { id: from } = oldest as { id: string };
    for (const kit of kits) kit.core.writes.requestClaim();
    const holder = kits[round % kits.length] as CoreKit;
    await hold(holder);
    const before = await waiting(first, from);
    for (const kit of kits) kit.core.writes.requestClaim();
    await Promise.all(kits.map((kit) => kit.core.writes.committed()));
    for (const kit of kits) kit.core.writes.requestClaim();
    await Promise.all(kits.map((kit) => kit.core.writes.committed()));
    const runs = await jobsFrom(first, from);
    claimed += runs.filter(({ id, run }) => before.has(id) && run > (before.get(id) ?? 0)).length;
    await free(holder);
    const isOver = async () => {
      for (const kit of kits) kit.core.writes.requestClaim();
      return (await first.core.reads.counts()).every(({ state }) => state === 'completed');
    };
    await expect.poll(isOver, { interval: 1, timeout: 30_000 }).toBe(true);
  }
  return claimed;
}

const pause = ({ core }: CoreKit): Promise<unknown> => core.holds.pause({ kind: 'type', name: 'work' });
const resume = ({ core }: CoreKit): Promise<unknown> => core.holds.resume('type', 'work');
const switchTo = (isOn: boolean) => async (kit: CoreKit) => {
  await new PluginStore({ ledger: kit.core.ledger }).setEnabled('shop', isOn);
  await kit.core.holds.reload();
};

test('nothing is claimed after a pause', { timeout: 600_000 }, async () => {
  const kits = await openAll();
  expect(await claimedAfter(kits, pause, resume)).toBe(0);
  for (const kit of kits) await kit.close();
});

test('nothing is claimed after a plugin was switched off', { timeout: 600_000 }, async () => {
  const kits = await openAll();
  expect(await claimedAfter(kits, switchTo(false), switchTo(true))).toBe(0);
  for (const kit of kits) await kit.close();
});
