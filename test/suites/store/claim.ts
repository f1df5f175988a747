// Taking jobs: the best ones first, each by one process, with a token that rises.
import { describe, expect, test } from 'vitest';
import type { ClaimedJob } from '../../../core/src/job/record.ts';
import { claimJobs } from '../../../core/src/store/claim-choice.ts';
import { HoldsChanged, raiseHolds } from '../../../core/src/store/holds.ts';
import { settleJobs } from '../../../core/src/store/job-writes.ts';
import { type OpenedStore, typesOf } from './opened.ts';

export function claimSuite(store: () => OpenedStore): void {
  describe('claiming', () => {
    test('gives the job to one process, with a lease, the next attempt and the next token', async () => {
      const { id } = await store().add({ reason: 'left over', progress: '{"percentage":3}' });
      const now = store().clock.now();
      const [job] = await store().claim();
      expect(job).toEqual({
        ...{
          id,
          type: 'email',
          plugin: 'mail',
          priority: 2,
          data: '{"to":"ada"}',
          attempt: 1,
          crashes: 0,
          run: 1,
        },
        ...{ maxRetries: 3, retryDelay: 5_000, backoff: 'fixed', timeout: 60_000 },
        ...{ since: now, startedAt: now, trace: null, dataVersion: null, waitsUntil: null, giveUpAt: null },
      });
      expect(await store().get(id)).toMatchObject({
        state: 'processing',
        node: 'here',
        leaseUntil: now + 30_000,
        startedAt: now,
        reason: null,
        progress: null,
      });
      expect(await store().counts()).toBe('processing 1');
      expect(store().heard()).toEqual(['added', 'started']);
    });

    test('takes urgent jobs before high, normal and low ones, and equal ones in the order they were added', async () => {
      const added = [];
      for (const priority of [3, 2, 0, 1, 2, 0, 3, 1]) added.push(await store().add({ priority }));
      const expected = added.toSorted((a, b) => a.priority - b.priority || (a.id < b.id ? -1 : 1)).map((job) => job.id);
      expect((await store().claim(8)).map((job) => job.id)).toEqual(expected);
    });

    test('serves only the requested types, each group of them up to its limit', async () => {
      for (const type of ['a', 'b', 'c']) await store().addMany(5, { type });
      const of = (type: string, group: string | null) => ({ type, plugin: 'mail', group });
      const types = [of('a', 'slow'), of('b', 'slow'), of('none', null)];
      const jobs = await store().claim(9, { types, room: new Map([['slow', 7]]) });
      expect(jobs.map(({ type }) => type).sort()).toEqual(['a', 'a', 'a', 'a', 'a', 'b', 'b']);
    });

    test('shares free slots between plugins, then between their types, and gives unused ones to the others', async () => {
      for (const type of ['a', 'b', 'c']) await store().addMany(10, { type });
      const types = [
        { type: 'a', plugin: 'first', group: null },
        { type: 'b', plugin: 'first', group: null },
        { type: 'c', plugin: 'second', group: null },
      ];
      const counted = (jobs: readonly { type: string }[]) =>
        ['a', 'b', 'c'].map((type) => jobs.filter((job) => job.type === type).length);
      expect(counted(await store().claim(8, { types }))).toEqual([2, 2, 4]);
      expect(counted(await store().claim(12, { types }))).toEqual([3, 3, 6]);
      expect(counted(await store().claim(9, { types }))).toEqual([5, 4, 0]);
    });

    test('puts priority before turns: the best jobs of all types are taken first', async () => {
      await store().addMany(3, { type: 'a', priority: 2 });
      const urgent = await store().addMany(3, { type: 'b', priority: 0 });
      const first = await store().claim(4, { types: typesOf('a', 'b') });
      expect(first.slice(0, 3).map((job) => job.id)).toEqual(urgent.map((job) => job.id));
      expect(first[3]?.type).toBe('a');
    });

    test('matches the name of a type exactly', async () => {
      await store().add({ type: 'Email' });
      await store().add({ type: 'email ' });
      expect(await store().claim(5)).toEqual([]);
    });

    test('claims nothing after a plugin or a pause has changed', async () => {
      await store().add();
      await store().ledger.transact((tx) => raiseHolds(tx));
      await expect(store().claim(1)).rejects.toBeInstanceOf(HoldsChanged);
      expect(await store().counts()).toBe('ready 1');
      expect(await store().claim(1, { holds: 2 })).toHaveLength(1);
    });

    test('sees jobs that its own transaction made ready', async () => {
      await store().add({ state: 'scheduled', dueAt: 1, runAt: 1 });
      await store().add({ type: 'other' });
      const [job] = await store().claim(1, { types: typesOf('other') });
      const back = { state: 'ready' as const, attempt: 0, attemptRow: null, result: null, event: null, ran: null };
      const { dialect, ledger } = store();
      const claimed = await ledger.transact(async (tx, changes) => {
        await settleJobs(tx, dialect.statements, changes, [store().settlement(job as ClaimedJob, back)]);
        return claimJobs(tx, dialect.statements, changes, store().plan(5, { types: typesOf('email', 'other') }));
      });
      expect(claimed.map(({ type }) => type)).toEqual(['other']);
    });

    test('gives a released job its old place and a higher token', async () => {
      const [first] = await store().addMany(2);
      const [job] = await store().claim();
      const back = { state: 'ready' as const, attempt: 0, attemptRow: null, result: null, event: null, ran: null };
      expect(job && (await store().settle(store().settlement(job, back)))).toEqual([true]);
      expect(await store().claim()).toMatchObject([{ id: first?.id, run: 2, attempt: 1 }]);
    });
  });
}
