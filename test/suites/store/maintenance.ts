// What keeps the tables right and small: due jobs, leases, retention, counts.
import { describe, expect, test } from 'vitest';
import type { ClaimedJob } from '../../../core/src/job/record.ts';
import { expired, heldBy } from '../../../core/src/store/maintenance.ts';
import { NodeStore } from '../../../core/src/store/node-store.ts';
import { PASS_SIZE } from '../../../core/src/store/transition.ts';
import { setColumns } from '../../../core/test/by-hand.ts';
import { ALL_FREE, type OpenedStore } from './opened.ts';

export function maintenanceSuite(store: () => OpenedStore): void {
  const waiting = (dueAt: number) => store().add({ state: 'scheduled', dueAt, runAt: dueAt, reason: 'timeout' });

  const over = async (n: number, finishedAt: number) => {
    for (const { id } of await store().addMany(n, { state: 'failed' }))
      await setColumns(store().dialect.db, id, { finished_at: finishedAt });
  };

  describe('due jobs', () => {
    test('become ready on time, and the time of the next one is returned', async () => {
      const now = store().clock.now();
      expect(await store().moves.nextDue()).toBeNull();
      const [late, first] = [await waiting(now + 200), await waiting(now + 100)];
      expect(await store().moves.nextDue()).toBe(now + 100);
      expect(await store().moves.promote(now + 99)).toBe(0);
      expect(await store().moves.promote(now + 100)).toBe(1);
      expect(await store().get(first.id)).toMatchObject({
        state: 'ready',
        dueAt: null,
        runAt: now + 100,
        reason: 'timeout',
      });
      expect((await store().get(late.id)).state).toBe('scheduled');
      expect(await store().moves.nextDue()).toBe(now + 200);
      expect(await store().counts()).toBe('ready 1, scheduled 1');
    });

    test('become ready in bounded passes, the oldest first', async () => {
      for (let i = 0; i < 2; i += 1) await store().addMany(PASS_SIZE - 100, { state: 'scheduled', dueAt: 5 - i });
      expect(await store().moves.promote(10)).toBe(PASS_SIZE);
      expect(await store().moves.nextDue()).toBe(5);
      expect(await store().moves.promote(10)).toBe(PASS_SIZE - 200);
      expect(await store().counts()).toBe(`ready ${2 * PASS_SIZE - 200}`);
    });
  });

  describe('leases', () => {
    test('of a process are renewed together, and those of others run out', async () => {
      await store().addMany(3);
      const mine = await store().claim(2);
      const [theirs] = await store().claim(1, { node: 'there' });
      const until = store().clock.now() + 90_000;
      const held = await store().maintenance.renew(
        'here',
        () => until,
        async () => {},
      );
      expect(held.map((job) => job.id).sort()).toEqual(mine.map((job) => job.id).sort());
      expect(await store().maintenance.held('here')).toHaveLength(2);
      const lost = await expired(store().clock.now() + 60_000, 'here')(store().dialect.reader);
      expect(lost.map((job) => job.id)).toEqual([theirs?.id]);
      expect((await heldBy(['there', 'elsewhere'])(store().dialect.reader)).map((job) => job.id)).toEqual([theirs?.id]);
      expect(await heldBy([])(store().dialect.reader)).toEqual([]);
    });

    test('of a job cancelled elsewhere are no longer held', async () => {
      await store().add();
      const [job] = await store().claim();
      await store().moves.one((job as ClaimedJob).id, { step: 'cancel', at: 1, reason: null });
      expect(
        await store().maintenance.renew(
          'here',
          () => store().clock.now() + 90_000,
          async () => {},
        ),
      ).toEqual([]);
      expect((await store().get((job as ClaimedJob).id)).leaseUntil).toBe(store().clock.now() + 30_000);
    });
  });

  describe('retention', () => {
    test('removes only old finished jobs, with their attempts, log and history', async () => {
      const old = await store().finished();
      await over(1, store().clock.now());
      await store().moves.one(old.id, { step: 'requeue', at: 1, reason: null });
      const [again] = await store().claim();
      const log = { jobId: old.id, run: 2, line: 1, attempt: 1, at: 1, level: 'info', message: 'x' };
      await store().settle(store().settlement(again as ClaimedJob, { logs: [log] }));
      await store().clock.advance(1_000);
      const young = await store().finished();
      const waits = await store().add();
      expect(await store().removeFinished(store().clock.now() - 500)).toHaveLength(2);
      expect((await store().reads.list({}, ALL_FREE)).records.map((job) => job.id)).toEqual([waits.id, young.id]);
      expect([
        await store().reads.attempts(old.id),
        await store().reads.logs(old.id),
        await store().reads.history(old.id),
      ]).toEqual([[], [], []]);
      expect(await store().reads.attempts(young.id)).toHaveLength(1);
      expect(await store().counts()).toBe('completed 1, ready 1');
    });

    test('works in bounded passes', async () => {
      const now = store().clock.now();
      await over(PASS_SIZE + 7, now);
      expect((await store().removeFinished(now + 1)).length).toBe(PASS_SIZE);
      expect((await store().removeFinished(now + 1)).length).toBe(7);
      expect(await store().removeFinished(now + 1)).toEqual([]);
      expect(await store().counts()).toBe('');
    });

    test('keeps a cancelled job whose attempt has not ended', async () => {
      await store().add();
      const [job] = await store().claim();
      const { id } = job as ClaimedJob;
      await store().moves.one(id, { step: 'cancel', at: 1, reason: null });
      const at = store().clock.now();
      expect(await store().removeFinished(at)).toEqual([]);
      expect(await store().removeFinished(at + 30_001)).toEqual([id]);
    });
  });

  test('a process that was stopped, or whose machine has restarted since, is blameless; one next to its clone is not', async () => {
    const nodes = new NodeStore({ dialect: store().dialect });
    const sign = (node: string, host: string, boot: string, at: number, stopping = false) =>
      nodes.beat({ node, host, boot, namespace: '', pid: 1, processStarted: '' }, at, stopping ? { stopping } : {});
    await sign('stopped', 'a', 'one', 10, true);
    await sign('before the restart', 'a', 'one', 10);
    await sign('after it', 'a', 'two', 20);
    await sign('alone on its host', 'b', 'one', 10);
    await sign('clone', 'c', 'three', 10);
    await sign('other clone', 'c', 'four', 20);
    await sign('clone that lives', 'c', 'three', 30);
    expect([...(await nodes.blameless())].sort()).toEqual([
      ['before the restart', 'restarted'],
      ['other clone', 'restarted'],
      ['stopped', 'stopped'],
    ]);
  });
}
