// Adding jobs: stored as they are, all or none, once per key, and not more than the queue may hold.
import { describe, expect, test } from 'vitest';
import { ALL_FREE, type OpenedStore } from './opened.ts';

export function insertSuite(store: () => OpenedStore): void {
  describe('adding', () => {
    test('stores a job that can be read back unchanged', async () => {
      const record = store().record({
        type: 'Shop.order:paid-1',
        plugin: 'shop',
        priority: 0,
        data: JSON.stringify({ text: 'Zo\u00eb \u{1f600} \u0000 "quoted" \\ \u2028', big: Number.MAX_SAFE_INTEGER }),
        runAt: store().clock.now() + 31_622_400_000,
        dueAt: store().clock.now() + 31_622_400_000,
        state: 'scheduled',
        schedule: 'shop/nightly',
        maxRetries: 100,
        retryDelay: 86_400_000,
        backoff: 'exponential',
        timeout: 86_400_000,
        idempotencyKey: 'Key \u{1f511}',
        fingerprint: 'f',
      });
      expect(await store().put([record])).toEqual({ status: 'added' });
      expect(await store().get(record.id)).toEqual({ ...record, about: null });
    });

    test('keeps 256 kB of data to the last byte', async () => {
      const data = JSON.stringify('\u20ac'.repeat(87_000));
      expect((await store().get((await store().add({ data })).id)).data).toBe(data);
    });

    test('refuses all jobs of a list if one cannot be stored', async () => {
      const twice = store().record();
      await expect(store().put([store().record(), twice, twice])).rejects.toThrow();
      expect([await store().counts(), store().heard()]).toEqual(['', []]);
      expect((await store().reads.list({}, ALL_FREE)).records).toEqual([]);
    });
  });

  describe('an idempotency key', () => {
    const keyed = (key: string, fingerprint = 'same') => store().record({ idempotencyKey: key, fingerprint });

    test('is exact: case and trailing spaces distinguish keys', async () => {
      for (const key of ['k', 'K', 'k ', ' k', '\u00e9', 'e\u0301'])
        expect(await store().put([keyed(key)])).toEqual({ status: 'added' });
      expect(await store().counts()).toBe('ready 6');
    });

    test('in a list: known keys return the first job, and the other jobs are stored', async () => {
      const first = keyed('a');
      await store().put([first]);
      const [b, plain] = [keyed('b'), store().record()];
      expect(await store().put([b, keyed('a'), plain])).toEqual({
        status: 'existing',
        jobs: [b, first, plain].map(({ id }) => ({ id, outcome: null })),
      });
      expect(await store().counts()).toBe('ready 3');
      expect(store().heard()).toEqual(['added', 'added', 'added']);
      expect((await store().reads.list({}, ALL_FREE)).records.map((record) => record.id).sort()).toEqual(
        [first.id, b.id, plain.id].sort(),
      );
    });

    test('used twice in a list with the same data is one job', async () => {
      const [first, other] = [keyed('k'), keyed('l')];
      expect(await store().put([first, keyed('k'), other])).toEqual({
        status: 'existing',
        jobs: [first, first, other].map(({ id }) => ({ id, outcome: null })),
      });
      expect(await store().counts()).toBe('ready 2');
    });

    test('used twice in a list with different data refuses the whole list', async () => {
      expect(await store().put([store().record(), keyed('k'), keyed('k', 'other')])).toEqual({
        status: 'conflict',
        index: 2,
      });
      expect(await store().counts()).toBe('');
    });

    test('can be used again once its job was deleted', async () => {
      const job = await store().finished({ idempotencyKey: 'k', fingerprint: 'same' });
      expect(await store().put([keyed('k', 'other')])).toEqual({ status: 'conflict', index: 0 });
      await store().clock.advance(10);
      expect(await store().removeFinished(store().clock.now())).toEqual([job.id]);
      expect(await store().put([keyed('k', 'other')])).toEqual({ status: 'added' });
    });
  });

  describe('the limit of the queue', () => {
    test('does not apply to a known key', async () => {
      const first = store().record({ idempotencyKey: 'k', fingerprint: 'f' });
      await store().put([first], { maxQueueSize: 1 });
      const again = store().record({ idempotencyKey: 'k', fingerprint: 'f' });
      expect(await store().put([again], { maxQueueSize: 1 })).toEqual({
        status: 'existing',
        jobs: [{ id: first.id, outcome: null }],
      });
      const mixture = [store().record(), store().record({ idempotencyKey: 'k', fingerprint: 'f' })];
      expect(await store().put(mixture, { maxQueueSize: 1 })).toEqual({ status: 'full', limit: 'waiting' });
    });
  });

  test('a tick of a schedule adds one job', async () => {
    const tick = { schedule: 'shop/nightly', tick: 1_767_225_600_000 };
    expect(await store().put([store().record()], { tick })).toEqual({ status: 'added' });
    expect(await store().put([store().record()], { tick })).toEqual({ status: 'already' });
    expect(await store().put([store().record()], { tick: { ...tick, tick: tick.tick + 1 } })).toEqual({
      status: 'added',
    });
    expect(await store().put([store().record()], { tick: { ...tick, schedule: 'shop/Nightly' } })).toEqual({
      status: 'added',
    });
    expect(await store().counts()).toBe('ready 3');
  });
}
