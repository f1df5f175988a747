// Jobs whose worker died return to the queue without using up an attempt, until a job has killed three processes in which it ran alone.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { ManualClock } from '../../../testing/src/manual-clock.ts';
import { byHand, setColumns } from '../../test/by-hand.ts';
import { type CoreKit, openCore } from '../../test/core-kit.ts';
import { historyOf } from './history.ts';

let folder: string;
let kit: CoreKit;
let runs: number;
beforeEach(async () => {
  folder = await temporaryFolder();
  runs = 0;
  kit = await open();
});
afterEach(() => kit.close());

async function open(clock = new ManualClock()): Promise<CoreKit> {
  const opened = await openCore({ path: join(folder, 'jobs.db'), clock });
  const runsForEver = () => {
    runs += 1;
    return new Promise<void>(() => {});
  };
  opened.register('t', runsForEver);
  opened.register('once', runsForEver, { onLost: 'fail' });
  return opened;
}

/** A process that claims the job with this id and dies while running it; its row in the table of nodes stays. */
async function dieUnder(id: string): Promise<string> {
  const victim = await open(new ManualClock(kit.clock.now()));
  await victim.core.startWorker();
  await victim.idle();
  expect(await victim.row(id)).toMatchObject({ state: 'processing', node: victim.core.identity.node });
  await victim.abandon();
  return victim.core.identity.node;
}
async function sweepAfterLease(): Promise<void> {
  await kit.clock.advance(30_001);
  await kit.core.sweep();
}

describe('a job whose process died', () => {
  test('stays claimed until its lease expires, then returns', async () => {
    const id = await kit.add({ type: 't', data: {} });
    await dieUnder(id);
    await kit.clock.advance(30_000);
    await kit.core.sweep();
    expect(await kit.state(id)).toBe('processing');
    await kit.clock.advance(1);
    await kit.core.sweep();
    expect(await kit.row(id)).toMatchObject({
      state: 'ready',
      attempt: 0,
      crashes: 1,
      run: 1,
      lease_until: null,
      error: null,
    });
    expect(await kit.core.reads.attempts(id)).toMatchObject([
      { attempt: 1, outcome: 'crashed', error: 'the process crashed' },
    ]);
  });

  test('fails with the reason `crashed` after killing three processes in which it ran alone', async () => {
    const id = await kit.add({ type: 't', data: { a: 1 } });
    for (let i = 0; i < 4; i += 1) {
      await dieUnder(id);
      await sweepAfterLease();
    }
    expect(await kit.row(id)).toMatchObject({ state: 'ready', crashes: 4, lone_crashes: 2, attempt: 0 });
    await dieUnder(id);
    await sweepAfterLease();
    const error =
      'the process crashed 3 times while running this job alone: if something else ended it each time, such as a lack of memory, retry the job';
    expect(await kit.row(id)).toMatchObject({
      state: 'failed',
      reason: 'crashed',
      crashes: 5,
      lone_crashes: 3,
      attempt: 1,
      error,
      data: '{"a":1}',
      finished_at: kit.clock.now(),
    });
    expect(kit.events.at(-1)).toMatchObject({ event: 'job_failed', jobId: id, error, reason: 'crashed' });
    const attempts = await kit.core.reads.attempts(id);
    expect(attempts.map((attempt) => attempt.error)).toEqual([
      ...Array(2).fill('the process crashed'),
      ...Array(3).fill('the process crashed while running this job alone'),
    ]);
    const record = await kit.core.reads.get(id);
    const history = record && historyOf(record, attempts, await kit.core.reads.history(id));
    const crash = ['started', 'released'];
    expect(history?.map((entry) => entry.event.slice(4))).toEqual([
      ...['added', ...crash, ...crash, ...crash, ...crash],
      ...['started', 'failed'],
    ]);
    await dieUnderNothing();
    expect(runs).toBe(5);
  });

  test('is not blamed for a crash before it started: a prefetched job is not evidence', async () => {
    const [runs, ahead] = await kit.core.queue.addMany(
      [0, 1].map(() => ({ type: 't', data: {} })),
      { plugin: null },
    );
    await byHand(kit.dialect.db)
      .updateTable('pwj_jobs')
      .set({ state: 'processing', node: 'gone', run: 3, attempt: 1, crashes: 1, lease_until: 1 })
      .execute();
    await setColumns(kit.dialect.db, runs?.id ?? '', { started_run: 3 });
    await setColumns(kit.dialect.db, ahead?.id ?? '', { started_run: 2 });
    await kit.core.crashes.check();
    expect([await kit.row(runs?.id ?? ''), await kit.row(ahead?.id ?? '')]).toMatchObject([
      { state: 'ready', crashes: 2 },
      { state: 'ready', crashes: 1 },
    ]);
  });

  test('is not blamed if its process was stopping', async () => {
    const id = await kit.add({ type: 't', data: {} });
    const victim = await open(new ManualClock(kit.clock.now()));
    await victim.core.startWorker();
    await victim.idle();
    void victim.core.stopWorker(30_000);
    await victim.idle();
    await victim.abandon();
    await sweepAfterLease();
    expect(await kit.row(id)).toMatchObject({ state: 'ready', crashes: 0, lone_crashes: 0, attempt: 0 });
    expect(await kit.core.reads.attempts(id)).toMatchObject([{ outcome: 'released' }]);
  });

  test('is not blamed for a restart of its machine, but for a crash before that', async () => {
    const id = await kit.add({ type: 't', data: {} });
    const node = await dieUnder(id);
    const { boot } = kit.core.identity;
    await kit.dialect.db.updateTable('pwj_nodes').set({ boot: 'before' }).where('id', '=', node).execute();
    await sweepAfterLease();
    expect(await kit.row(id)).toMatchObject({ state: 'ready', crashes: 1 });
    await kit.dialect.db.deleteFrom('pwj_nodes').where('id', '=', node).execute();
    const second = await dieUnder(id);
    await kit.dialect.db.updateTable('pwj_nodes').set({ boot: 'before' }).where('id', '=', second).execute();
    await kit.clock.advance(1);
    await kit.dialect.db
      .updateTable('pwj_nodes')
      .set({ boot, started_at: kit.clock.now() })
      .where('id', '=', kit.core.identity.node)
      .execute();
    await sweepAfterLease();
    expect(await kit.row(id)).toMatchObject({ state: 'ready', crashes: 1 });
  });
});

/** Another process looks for jobs and finds none. */
async function dieUnderNothing(): Promise<void> {
  const other = await open();
  await other.core.startWorker();
  await other.idle();
  await other.close();
}

describe('a dead process on this host', () => {
  test('is detected when a worker starts', async () => {
    const id = await kit.add({ type: 't', data: {} });
    const node = await dieUnder(id);
    const { pid } = spawnSync(process.execPath, ['--version']);
    await kit.dialect.db.updateTable('pwj_nodes').set({ pid }).where('id', '=', node).execute();
    await kit.core.startWorker();
    await kit.idle();
    expect([runs, await kit.row(id)]).toMatchObject([2, { state: 'processing', node: kit.core.identity.node, run: 2 }]);
  });
});
