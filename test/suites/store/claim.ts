// Taking jobs: the best ones first, each by one process, with a token that rises.
import { describe, expect, test } from 'vitest';
import type { OpenedStore } from './opened.ts';

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
          lane: 'mail',
          priority: 2,
          data: '{"to":"ada"}',
          attempt: 1,
          crashes: 0,
          run: 1,
        },
        ...{ maxRetries: 3, retryDelay: 5_000, backoff: 'fixed', timeout: 60_000 },
        ...{ since: now, startedAt: now, trace: null, dataVersion: null },
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

    test('serves only the requested lanes, each up to its own limit', async () => {
      await store().addMany(5, { lane: 'a' });
      await store().addMany(5, { lane: 'b' });
      await store().addMany(5, { lane: 'c' });
      const lanes = [
        { lane: 'a', limit: 2 },
        { lane: 'b', limit: 9 },
        { lane: 'none', limit: 9 },
        { lane: 'c', limit: 0 },
      ];
      const jobs = await store().claim(9, { lanes });
      expect(jobs.map((job) => job.lane).sort()).toEqual(['a', 'a', 'b', 'b', 'b', 'b', 'b']);
    });

    test('shares free slots between lanes of one priority, and gives unused ones to the others', async () => {
      await store().addMany(10, { lane: 'a' });
      await store().addMany(10, { lane: 'b' });
      await store().addMany(1, { lane: 'c' });
      const lanes = ['a', 'b', 'c'].map((lane) => ({ lane, limit: 9 }));
      const counted = (jobs: readonly { lane: string }[]) =>
        ['a', 'b', 'c'].map((lane) => jobs.filter((job) => job.lane === lane).length);
      expect(counted(await store().claim(6, { lanes }))).toEqual([3, 2, 1]);
      expect(counted(await store().claim(4, { lanes }))).toEqual([2, 2, 0]);
      expect(counted(await store().claim(5, { lanes: lanes.slice(0, 1) }))).toEqual([5, 0, 0]);
      expect(counted(await store().claim(9, { lanes }))).toEqual([0, 6, 0]);
    });

    test('puts priority before lanes: the best jobs of all lanes are taken first', async () => {
      await store().addMany(3, { lane: 'a', priority: 2 });
      const urgent = await store().addMany(3, { lane: 'b', priority: 0 });
      const lanes = ['a', 'b'].map((lane) => ({ lane, limit: 9 }));
      const first = await store().claim(4, { lanes });
      expect(first.slice(0, 3).map((job) => job.id)).toEqual(urgent.map((job) => job.id));
      expect(first[3]?.lane).toBe('a');
    });

    test('matches the name of a lane exactly', async () => {
      await store().add({ lane: 'Mail' });
      await store().add({ lane: 'mail ' });
      expect(await store().claim(5)).toEqual([]);
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
