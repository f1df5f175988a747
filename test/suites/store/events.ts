// Events: stored with their change, delivered after it, in order, to every later reader.
import type { JobEvent } from '@phraseworks/sdk';
import { describe, expect, test } from 'vitest';
import { PER_COMMIT, type StoredEvent } from '../../../core/src/store/event-codec.ts';
import type { OpenedStore } from './opened.ts';

export function eventSuite(store: () => OpenedStore): void {
  const event = (jobId: string): JobEvent => ({
    event: 'job_added',
    jobId,
    jobType: 't',
    plugin: null,
    status: 'pending',
    attempt: 0,
    at: '',
  });
  const commit = (...jobIds: string[]) =>
    store().ledger.transact(async (_tx, changes) => {
      for (const id of jobIds) changes.event(event(id));
    });
  const idsOf = (events: readonly StoredEvent[] | undefined) => events?.map((one) => one.event.jobId) ?? null;
  const since = async (id: number, limit: number) => (await store().ledger.feed.since(id, limit))?.events;

  describe('events', () => {
    test('are delivered once, in order, with rising ids, after the commit that stored them', async () => {
      const heard: StoredEvent[] = [];
      store().ledger.feed.onCommit((events) => heard.push(...events));
      await store().ledger.transact(async (_tx, changes) => {
        changes.event(event('a'));
        changes.event(event('b'));
        expect(heard).toEqual([]);
      });
      await Promise.all(Array.from({ length: 20 }, (_, i) => commit(`c${i}`, `d${i}`)));
      expect(heard).toHaveLength(42);
      expect(idsOf(heard.slice(0, 2))).toEqual(['a', 'b']);
      for (const [i, one] of heard.entries()) {
        expect(JSON.parse(one.bytes.toString()).data).toEqual(one.event);
        if (i > 0) expect(one.id).toBeGreaterThan(heard[i - 1]?.id ?? 0);
      }
      expect(await since(0, 1_000)).toEqual(heard);
    });

    test('of a failed commit are neither delivered nor stored', async () => {
      const failing = store().ledger.transact(async (_tx, changes) => {
        changes.event(event('never'));
        changes.count('ready', 't', 1);
        throw new Error('rolled back');
      });
      await expect(failing).rejects.toThrow('rolled back');
      await commit('next');
      expect(store().events.map((one) => one.jobId)).toEqual(['next']);
      expect(idsOf(await since(0, 10))).toEqual(['next']);
      expect(await store().counts()).toBe('');
    });

    test('after an id are those that follow it, even in the middle of a commit', async () => {
      await commit('a', 'b', 'c');
      await commit('d');
      const all = (await since(0, 10)) as StoredEvent[];
      expect(idsOf(await since(all[0]?.id ?? 0, 10))).toEqual(['b', 'c', 'd']);
      expect(idsOf(await since(all[3]?.id ?? 0, 10))).toEqual([]);
      expect(await store().ledger.feed.newestId()).toBeGreaterThanOrEqual(all[3]?.id ?? 0);
      expect(idsOf(await since(await store().ledger.feed.newestId(), 10))).toEqual([]);
    });

    test('of more than a thousand jobs in one commit keep their order', async () => {
      const names = Array.from({ length: 2_500 }, (_, i) => `job ${i}`);
      await commit(...names);
      expect(store().events.map((one) => one.jobId)).toEqual(names);
      expect(idsOf(await since(0, 10))).toEqual(names);
    });

    test('of large commits are read to the end, page by page', async () => {
      const names = ['a', 'b', 'c', 'd'];
      for (const name of names) {
        await store().ledger.transact(async (_tx, changes) => {
          changes.event({ ...event(name), result: 'r'.repeat(200_000) });
        });
      }
      const read: (string | null)[] = [];
      let id = 0;
      for (const _ of names) {
        const page = await store().ledger.feed.since(id, 10);
        read.push(...(idsOf(page?.events) ?? [null]));
        id = page?.upTo ?? id;
      }
      expect(read).toEqual(names);
    });

    test('are found behind any number of commits without an event', async () => {
      await commit('a');
      const announce = () => store().ledger.transact(async (_tx, changes) => changes.announce('plugins'));
      for (let i = 0; i < 230; i += 1) await announce();
      await commit('b');
      await announce();
      const read: string[] = [];
      const newest = await store().ledger.feed.newestId();
      const [first] = (await since(0, 1)) as StoredEvent[];
      for (let id = first?.id ?? 0; id < newest; ) {
        const page = await store().ledger.feed.since(id, 10);
        read.push(...(idsOf(page?.events) ?? []));
        expect(page?.upTo).toBeGreaterThan(id);
        id = page?.upTo ?? newest;
      }
      expect(read).toEqual(['b']);
    });

    test('that were removed make the answer null, instead of leaving a gap', async () => {
      for (const name of ['a', 'b', 'c']) {
        await commit(name);
        await store().clock.advance(1_000);
      }
      const [a, b] = (await since(0, 10)) as StoredEvent[];
      expect(await store().maintenance.pruneEvents(store().clock.now() - 1_500)).toBe(2);
      expect(await store().ledger.feed.since(0, 10)).toBeNull();
      expect(await store().ledger.feed.since(a?.id ?? 0, 10)).toBeNull();
      expect(await store().ledger.feed.since(b?.id ?? 0, 10)).toBeNull();
      expect(idsOf(await since((b?.id ?? 0) + 1_000, 10))).toEqual([]);
    });

    test('are not removed from behind a younger commit, which would hide that they are gone', async () => {
      for (const name of ['a', 'ahead', 'b', 'c']) await commit(name);
      const all = (await since(0, 10)) as StoredEvent[];
      const [a, ahead] = all.map(({ id }) => Math.floor(id / PER_COMMIT));
      const later = store().clock.now() + 60_000;
      // As written by a process whose clock is ahead.
      await store().dialect.transaction(({ db }) =>
        db
          .updateTable('pwj_events')
          .set({ at: later })
          .where('seq', '=', ahead ?? 0)
          .execute(),
      );
      expect(await store().maintenance.pruneEvents(later)).toBe(1);
      expect(await since((a ?? 0) * PER_COMMIT, 10)).toBeUndefined();
      expect(idsOf(await since((ahead ?? 0) * PER_COMMIT, 10))).toEqual(['b', 'c']);
    });

    test('include the newest commit, however old it is', async () => {
      await commit('a');
      await commit('b');
      expect(await store().maintenance.pruneEvents(store().clock.now() + 1)).toBe(1);
      expect(await store().maintenance.pruneEvents(store().clock.now() + 1)).toBe(0);
      await commit('c');
      expect(store().events.map((one) => one.jobId)).toEqual(['a', 'b', 'c']);
    });
  });
}
