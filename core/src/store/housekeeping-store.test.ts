// Housekeeping finds the system's rows page by page, and removes exactly those.
import { createHash } from 'node:crypto';
import type { Housekeeping, HousekeepingItem, HousekeepingKind } from '@phraseworks/sdk';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CoreKit, openCore } from '../../test/core-kit.ts';
import { insertJobs } from '../../test/large-tables.ts';
import { createHousekeeping } from '../plugins/housekeeping.ts';
import { HousekeepingStore } from './housekeeping-store.ts';
import { UploadStore } from './upload-store.ts';

const DAY = 86_400_000;
const SELDOM = { sweepInterval: 600_000, leaseDuration: 3_600_000, pollInterval: 3_600_000, cleanupInterval: 90 * DAY };

let kit: CoreKit;
let uploads: UploadStore;
let house: Housekeeping;
/** Ids of uploads whose files were taken away. */
let forgotten: string[];

beforeEach(async () => {
  kit = await openCore({ queue: SELDOM });
  uploads = new UploadStore(kit.dialect);
  forgotten = [];
  const forget = async (ids: readonly string[]) => {
    forgotten.push(...ids);
    await uploads.remove(ids);
  };
  house = createHousekeeping({
    store: new HousekeepingStore(kit.core.ledger),
    uploads,
    files: { forget, removeForJobs: async (jobs) => forget(await uploads.ofJobs(jobs)) },
    clock: kit.clock,
  });
  kit.register('fine', async (_data, _id, _attempt, job) => job.log.info('done, and well'));
  kit.register('broken', () => Promise.reject(new Error('refused')));
});
afterEach(() => kit.close());

const rows = async (table: string) =>
  Number((await sql<{ n: number }>`select count(*) as n from ${sql.table(table)}`.execute(kit.dialect.db)).rows[0]?.n);

async function all(kind: HousekeepingKind, before: number): Promise<HousekeepingItem[]> {
  const found: HousekeepingItem[] = [];
  for await (const item of house.find(kind, { before })) found.push(item);
  return found;
}

async function upload(name: string, jobId: string | null): Promise<string> {
  const hex = createHash('sha256').update(name).digest('hex');
  const id = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  const created_at = kit.clock.now();
  await uploads.insert({ id, job_id: jobId, name, type: 'text/plain', size: 1_000, sha256: '', created_at });
  return id;
}

async function threeDone(): Promise<string[]> {
  await kit.core.startWorker();
  const ids = [await kit.add({ type: 'fine', data: { a: 1 } })];
  await kit.clock.advance(1_000);
  ids.push(await kit.add({ type: 'broken', data: {}, maxRetries: 0 }));
  await kit.clock.advance(1_000);
  ids.push(await kit.add({ type: 'fine', data: {} }));
  await kit.idle();
  await kit.stop();
  return ids;
}

describe('jobs', () => {
  test('are found oldest first with their size, and removed with all their data; counts stay right', async () => {
    const ids = await threeDone();
    const waiting = await kit.add({ type: 'fine', data: {}, delay: 90 * DAY });
    await upload('a.txt', ids[0] ?? '');
    const receipt = { job_id: ids[0] ?? '', key: 'mail', state: 'done', result: '"sent"', attempt: 1, run: 1, at: 1 };
    await kit.dialect.db.insertInto('pwj_receipts').values(receipt).execute();
    expect(await all('jobs', kit.clock.now() - DAY)).toEqual([]);
    await kit.clock.advance(2 * DAY);
    const found = await all('jobs', kit.clock.now() - DAY);
    expect(found.map(({ id, label }) => [id, label])).toEqual([
      [ids[0], 'fine, completed'],
      [ids[1], 'broken, failed'],
      [ids[2], 'fine, completed'],
    ]);
    expect(found[0]?.bytes).toBe(1_000 + '{"a":1}"sent"'.length + 'done, and well'.length);
    expect(await house.remove('jobs', found)).toEqual([]);
    expect(
      await Promise.all(['pwj_jobs', 'pwj_attempts', 'pwj_logs', 'pwj_uploads', 'pwj_receipts'].map(rows)),
    ).toEqual([1, 0, 0, 0, 0]);
    expect(forgotten).toHaveLength(1);
    expect(await kit.core.reads.counts()).toEqual([{ state: 'scheduled', type: 'fine', n: 1 }]);
    expect(await kit.state(waiting)).toBe('scheduled');
  });

  test('that were retried, finished again, are running or are gone stay, each with its reason', async () => {
    const [first = '', second = '', third = ''] = await threeDone();
    await kit.clock.advance(2 * DAY);
    const found = await all('jobs', kit.clock.now());
    await kit.core.actions.retry(first, {});
    const set = (id: string, change: object) =>
      kit.dialect.db.updateTable('pwj_jobs').set(change).where('id', '=', id).execute();
    await set(second, { finished_at: kit.clock.now() });
    await set(third, { lease_until: kit.clock.now() + 1_000 });
    const gone = { id: '0190', at: 1, bytes: 1, label: '' };
    expect(await house.remove('jobs', [...found, gone])).toEqual([
      { id: first, reason: 'changed' },
      { id: second, reason: 'changed' },
      { id: third, reason: 'in_use' },
      { id: '0190', reason: 'gone' },
    ]);
    expect(await rows('pwj_jobs')).toBe(3);
  });

  test('are removed by the ten thousand in pages and short transactions', async () => {
    await insertJobs(kit.dialect, 10_000, { type: "'fine'", lane: "'app'", state: "'failed'", finished_at: '1' });
    await kit.core.maintenance.recount();
    const found = await all('jobs', 2);
    expect([found.length, new Set(found.map(({ id }) => id)).size]).toEqual([10_000, 10_000]);
    expect(await house.remove('jobs', found)).toEqual([]);
    expect([await rows('pwj_jobs'), await kit.core.reads.counts()]).toEqual([0, []]);
  });
});

describe('events', () => {
  test('are removed from the oldest on without a gap, and the newest stays', async () => {
    for (let n = 0; n < 5; n += 1) await kit.add({ type: 'unknown', data: n });
    expect(await all('events', kit.clock.now())).toEqual([]);
    await kit.clock.advance(3_600_000);
    const found = await all('events', kit.clock.now());
    // All but the newest; that of figures over time may be among them.
    expect(found).toHaveLength((await rows('pwj_events')) - 1);
    const [first, , third, fourth] = found as [HousekeepingItem, HousekeepingItem, HousekeepingItem, HousekeepingItem];
    expect(await house.remove('events', [first, third])).toEqual([{ id: third.id, reason: 'in_use' }]);
    expect(await house.remove('events', found)).toEqual([{ id: first.id, reason: 'gone' }]);
    expect(await rows('pwj_events')).toBe(1);
    expect(await house.remove('events', [fourth])).toEqual([{ id: fourth.id, reason: 'gone' }]);
  });
});

describe('uploads', () => {
  test('without a job are found after an hour, and those with one are not', async () => {
    const job = await kit.add({ type: 'fine', data: {} });
    const lost = await upload('lost.txt', null);
    const orphan = await upload('orphan.txt', '0190');
    const kept = await upload('kept.txt', job);
    const named = await upload('named.txt', null);
    await kit.add({ type: 'fine', data: { file: { upload: named } } });
    expect(await all('uploads', kit.clock.now() + DAY)).toEqual([]);
    await kit.clock.advance(3_600_001);
    const found = await all('uploads', kit.clock.now());
    expect(found.map(({ label, bytes }) => [label, bytes]).sort()).toEqual([
      ['lost.txt', 1_000],
      ['orphan.txt', 1_000],
    ]);
    await uploads.bind([lost], job);
    expect(await house.remove('uploads', found)).toEqual([{ id: lost, reason: 'changed' }]);
    expect(forgotten).toEqual([orphan]);
    expect((await Promise.all([lost, kept, named].map((id) => uploads.find(id)))).every(Boolean)).toBe(true);
  });
});

test('an invalid time or kind is refused, and an aborted search ends', async () => {
  await expect(all('jobs', Number.NaN)).rejects.toMatchObject({ code: 'INVALID_DATA' });
  await expect(all('users' as 'jobs', 1)).rejects.toMatchObject({ code: 'INVALID_DATA' });
  const search = house.find('jobs', { before: 1, signal: AbortSignal.abort() });
  await expect(search[Symbol.asyncIterator]().next()).rejects.toMatchObject({ name: 'AbortError' });
});
