// Cancelling: in every state, from any process, and in a race with a settlement.
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { turn } from '../../../testing/src/manual-clock.ts';
import { type CoreKit, openCore } from '../../test/core-kit.ts';

let kit: CoreKit;
beforeEach(async () => {
  kit = await openCore();
});
afterEach(() => kit.close());

const cancel = (id: string) => kit.core.actions.cancel(id, 'ada');

test('each of 300 races between cancel and settlement has one winner, and the result says which', async () => {
  kit.register('t', () => turn(Math.floor(Math.random() * 6)));
  await kit.core.startWorker();
  const cancelled = new Map<string, boolean>();
  // The wait adapts to the engine and the machine: longer after a cancel that won, shorter after one that was too late.
  let reach = 12;
  for (let round = 0; round < 30; round += 1) {
    const jobs = await kit.core.queue.addMany(
      Array.from({ length: 10 }, () => ({ type: 't', data: {} })),
      { plugin: null },
    );
    const race = async (id: string, i: number) => {
      // Cancel half of them only once they run: otherwise a job on a server never ends first.
      if (i % 2 === 0 && !kit.eventsOf(id).includes('job_started')) await kit.next('job_started', id);
      await turn(Math.floor(Math.random() * reach));
      const won = await cancel(id);
      reach = Math.max(1, won ? reach * 1.2 : reach / 1.2);
      cancelled.set(id, won);
    };
    await Promise.all(jobs.map((job, i) => race(job.id, i)));
  }
  await kit.idle();
  await kit.clock.advance(1_000);
  let won = 0;
  for (const [id, answer] of cancelled) {
    const ends = kit.eventsOf(id).filter((name) => name === 'job_completed' || name === 'job_cancelled');
    expect(ends).toEqual([answer ? 'job_cancelled' : 'job_completed']);
    expect(await kit.row(id)).toMatchObject({ state: answer ? 'cancelled' : 'completed', lease_until: null });
    if (answer) won += 1;
  }
  expect(won).toBeGreaterThan(15);
  expect(won).toBeLessThan(285);
  expect(kit.core.worker.free).toBe(5);
});

test('a job that another process has prefetched never starts there after a cancel from here', async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'jobs.db');
  const [here, there] = [await openCore({ path }), await openCore({ path, queue: { maxConcurrentJobs: 1 } })];
  const ran: number[] = [];
  let end: (() => void) | undefined;
  there.register('t', async (n) => {
    ran.push(n);
    if (there.core.worker.notStarted.length < 3) return;
    await new Promise<void>((resolve) => (end = resolve));
  });
  await there.core.startWorker();
  const jobs = await there.core.queue.addMany(
    Array.from({ length: 400 }, (_, n) => ({ type: 't', data: n })),
    { plugin: null },
  );
  while (!end) await turn(1);
  const ahead = there.core.worker.notStarted[1]?.id ?? '';
  expect(await here.core.actions.cancel(ahead, null)).toBe(true);
  await there.core.wakeup.check();
  expect(there.core.worker.notStarted.map(({ id }) => id)).not.toContain(ahead);
  end();
  await there.idle();
  expect(await there.row(ahead)).toMatchObject({ state: 'cancelled', lease_until: null });
  expect(ran.map((n) => jobs[n]?.id)).not.toContain(ahead);
  await there.close();
  await here.close();
});

test('a cancelled job cannot be deleted before its attempt has ended, and leaves nothing behind afterwards', async () => {
  let end: () => void = () => {};
  kit.register('t', async (_data, _id, _attempt, job) => {
    await new Promise<void>((resolve) => (end = resolve));
    job.log.info('the last word');
  });
  await kit.core.startWorker();
  const id = await kit.add({ type: 't', data: {} });
  await kit.idle();
  await cancel(id);
  await expect(kit.core.actions.remove(id)).rejects.toMatchObject({ code: 'INVALID_STATE', retryAfter: 5 });
  end();
  await kit.idle();
  await kit.core.actions.remove(id);
  expect(await kit.core.reads.logs(id)).toEqual([]);
});
