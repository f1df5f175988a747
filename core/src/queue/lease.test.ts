// The lease of a job: renewed while its process lives, taken over if it dies; the job is settled once either way.
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { setColumns } from '../../test/by-hand.ts';
import { type CoreKit, openCore } from '../../test/core-kit.ts';
import type { Dialect } from '../store/dialect.ts';

let folder: string;
let kits: CoreKit[];
beforeEach(async () => {
  folder = await temporaryFolder();
  kits = [];
});
afterEach(async () => {
  for (const kit of kits) await kit.close();
});

interface Worker extends CoreKit {
  ends: ((result?: unknown) => void)[];
  whys: string[];
}

/** A process with a worker; its jobs of type `t` run until the test ends them, whatever their signal says. */
async function open(wrap = (dialect: Dialect): Dialect => dialect): Promise<Worker> {
  const core = await openCore({ path: join(folder, 'jobs.db'), wrap });
  const kit = Object.assign(core, { ends: [], whys: [] }) as Worker;
  kits.push(kit);
  kit.register('t', async (_data, _id, _attempt, job) => {
    job.signal.addEventListener('abort', () => void kit.whys.push(job.signal.reason.why));
    await new Promise<unknown>((resolve) => kit.ends.push(resolve));
    return { success: true, result: kit.core.identity.node };
  });
  await kit.core.startWorker();
  return kit;
}

/** The lease of a job that `a` runs has expired; `b` finds it and runs the job. */
async function takenOver() {
  const a = await open();
  const id = await a.add({ type: 't', data: {} });
  await a.idle();
  const b = await open();
  await b.clock.advance(30_001);
  await b.core.sweep();
  await b.idle();
  return { a, b, id };
}

describe('a lease', () => {
  test('that was lost ends the attempt and discards its outcome: the job is settled once', async () => {
    const { a, b, id } = await takenOver();
    await a.core.wakeup.check();
    expect([a.whys, a.logged.some((line) => line.includes('another process took it over'))]).toEqual([
      ['lost_lease'],
      true,
    ]);
    a.ends[0]?.();
    await a.idle();
    expect([a.core.worker.free, await a.state(id)]).toEqual([5, 'processing']);
    b.ends[0]?.();
    await b.idle();
    expect(await b.row(id)).toMatchObject({ state: 'completed', result: JSON.stringify(b.core.identity.node) });
    await a.core.ledger.feed.catchUp();
    expect(a.eventsOf(id)).toEqual(['job_added', 'job_started', 'job_started', 'job_completed']);
  });
});

describe('a process that was suspended for longer than its lease', () => {
  test('does not treat its own running job as lost: the job runs once', async () => {
    const a = await open();
    const id = await a.add({ type: 't', data: {} });
    await a.idle();
    await setColumns(a.dialect.db, id, { lease_until: a.clock.now() - 1 });
    await a.core.sweep();
    await a.idle();
    expect([a.ends.length, await a.row(id)]).toMatchObject([1, { state: 'processing', run: 1, crashes: 0 }]);
    await a.core.lease.beat();
    expect((await a.row(id)).lease_until).toBe(a.clock.now() + 30_000);
    a.ends[0]?.();
    await a.idle();
    expect(await a.state(id)).toBe('completed');
  });

  test('and claims its own job again lets the old attempt end first', async () => {
    const a = await open();
    const id = await a.add({ type: 't', data: {} });
    await a.idle();
    const b = await openCore({ path: join(folder, 'jobs.db') });
    kits.push(b);
    await b.clock.advance(30_001);
    await b.core.sweep();
    await a.core.wakeup.check();
    await a.clock.advance(500);
    expect([a.ends.length, a.whys, a.core.worker.free]).toEqual([1, ['lost_lease'], 4]);
    a.ends[0]?.();
    await a.clock.advance(500);
    expect([a.ends.length, a.core.worker.attempts.get(id)?.attempt, a.core.worker.free]).toEqual([2, 1, 4]);
    a.ends[1]?.();
    await a.idle();
    expect([a.core.worker.free, await a.state(id)]).toEqual([5, 'completed']);
  });

  test('releases jobs that the database says it holds but that it does not run', async () => {
    const a = await open();
    await a.core.worker.stop(0);
    const id = await a.add({ type: 't', data: {} });
    await setColumns(a.dialect.db, id, {
      state: 'processing',
      node: a.core.identity.node,
      run: 1,
      attempt: 1,
      lease_until: a.clock.now() + 30_000,
    });
    a.core.worker.start();
    await a.clock.advance(120_000);
    await a.idle();
    expect([a.ends.length, await a.row(id)]).toMatchObject([1, { state: 'processing', run: 2, attempt: 1 }]);
  });
});

test('attempts end if the database does not answer for longer than the lease', async () => {
  let away = false;
  const kit = await openCore({
    wrap: (dialect) => ({
      ...dialect,
      transaction: (work) => (away ? Promise.reject(new Error('away')) : dialect.transaction(work)),
    }),
  });
  kits.push(kit);
  const whys: string[] = [];
  kit.register('t', async (_data, _id, _attempt, job) => {
    await new Promise<void>((resolve) => job.signal.addEventListener('abort', () => resolve()));
    whys.push(job.signal.reason.why);
    throw job.signal.reason;
  });
  await kit.core.startWorker();
  const id = await kit.add({ type: 't', data: {} });
  await kit.idle();
  away = true;
  await kit.clock.advance(29_999);
  expect(whys).toEqual([]);
  await kit.clock.advance(10_002);
  expect(whys).toEqual(['lost_lease']);
  away = false;
  await kit.clock.advance(10_000);
  await kit.idle();
  expect((await kit.row(id)).attempt).toBe(1);
  expect((await kit.core.reads.history(id)).map((row) => [row.event, row.reason])).toEqual([
    ['job_released', 'lost_lease'],
  ]);
});

test('a job claimed after the database stalled keeps its attempt and its lease', async () => {
  let gate: Promise<void> | undefined;
  let open = () => {};
  const kit = await openCore({
    wrap: (dialect) => ({
      ...dialect,
      transaction: async (work) => {
        await gate;
        return dialect.transaction(work);
      },
    }),
  });
  kits.push(kit);
  const whys: string[] = [];
  let end = () => {};
  kit.register('t', async (_data, _id, _attempt, job) => {
    job.signal.addEventListener('abort', () => void whys.push(job.signal.reason.why));
    await new Promise<void>((resolve) => (end = resolve));
  });
  await kit.core.startWorker();
  await kit.clock.advance(5_000);
  gate = new Promise((resolve) => {
    open = resolve;
  });
  await kit.clock.advance(25_000);
  open();
  gate = undefined;
  const id = await kit.add({ type: 't', data: {} });
  await kit.idle();
  const { lease_until: until } = await kit.row(id);
  expect(until).toBeGreaterThanOrEqual(kit.clock.now() + 20_000);
  await kit.clock.advance(18_000);
  expect([whys, (await kit.row(id)).run]).toEqual([[], 1]);
  end();
  await kit.idle();
  expect(await kit.state(id)).toBe('completed');
});

describe('a clock that jumps a minute ahead', () => {
  test('takes no job from a process that renews its lease after the jump', async () => {
    const a = await open();
    const id = await a.add({ type: 't', data: {} });
    await a.idle();
    const b = await open();
    await b.core.sweep();
    b.clock.jump(60_000);
    await b.core.sweep();
    expect(await a.row(id)).toMatchObject({ state: 'processing', run: 1, crashes: 0 });
    for (let i = 0; i < 4; i += 1) {
      if (i === 1) a.clock.jump(60_000);
      await a.clock.advance(10_000);
      await b.clock.advance(10_000);
    }
    expect([a.whys, b.ends.length, await a.row(id)]).toMatchObject([[], 0, { state: 'processing', run: 1 }]);
    expect(b.logged.some((line) => line.includes('The clock jumped by 60 s'))).toBe(true);
  });

  test('ends no attempt of its own process early, even if the database is down at that moment', async () => {
    let away = false;
    const a = await open((dialect) => ({
      ...dialect,
      transaction: (work) => (away ? Promise.reject(new Error('away')) : dialect.transaction(work)),
    }));
    await a.add({ type: 't', data: {} });
    await a.idle();
    await a.clock.advance(10_000);
    away = true;
    a.clock.jump(60_000);
    await a.clock.advance(29_000);
    expect(a.whys).toEqual([]);
    await a.clock.advance(1_002);
    expect(a.whys).toEqual(['lost_lease']);
  });

  test('releases the jobs of a dead process one lease later', async () => {
    const a = await open();
    const id = await a.add({ type: 't', data: {} });
    await a.idle();
    await a.abandon();
    const b = await open();
    await b.core.sweep();
    b.clock.jump(60_000);
    await b.core.sweep();
    expect(await b.row(id)).toMatchObject({ run: 1, crashes: 0 });
    await b.clock.advance(30_001);
    await b.core.sweep();
    await b.idle();
    expect(await b.row(id)).toMatchObject({ run: 2, crashes: 1 });
  });
});
