// job.once(): what is done is not done again by a later attempt, and what is refused is refused before anything is done.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openReceiptRig, type ReceiptRig } from '../../test/receipt-rig.ts';

let rig: ReceiptRig;
beforeEach(async () => {
  rig = await openReceiptRig();
});
afterEach(() => rig[Symbol.asyncDispose]());

const allReceipts = () => rig.kit.dialect.reader.selectFrom('pwj_receipts').selectAll().execute();

describe('a receipt', () => {
  test('lets a later attempt skip what is done, with the answer it had', async () => {
    const done: string[] = [];
    const id = await rig.run(async (job, attempt) => {
      const first = await job.once('a', () => {
        done.push('a');
        return { at: 'noon', none: undefined };
      });
      const second = await job.once('b', () => void done.push('b'));
      if (attempt < 3) throw new Error('the line is busy');
      return [first, second];
    });
    expect(done).toEqual(['a', 'b']);
    expect(await rig.resultOf(id)).toEqual([{ at: 'noon' }, null]);
    expect(await rig.receipts(id)).toEqual([
      { key: 'a', state: 'done', attempt: 1, at: expect.stringMatching(/^2026-/) },
      { key: 'b', state: 'done', attempt: 1, at: expect.stringMatching(/^2026-/) },
    ]);
  });

  test('goes when its effect throws, and the error reaches the processor', async () => {
    const tried: number[] = [];
    const id = await rig.run((job, attempt) =>
      job.once('a', () => {
        tried.push(attempt);
        if (attempt === 1) throw Object.assign(new Error('refused'), { retryDelay: 20 });
        return attempt;
      }),
    );
    expect(tried).toEqual([1, 2]);
    expect(await rig.resultOf(id)).toBe(2);
    expect(await rig.logOf(id)).toEqual([]);
  });

  test('is there before the effect begins, and says that it is under way', async () => {
    const seen: unknown[] = [];
    const id = await rig.run((job) =>
      job.once('a', async () => {
        seen.push(...(await rig.receipts(job.id)));
      }),
    );
    expect(seen).toMatchObject([{ key: 'a', state: 'pending', attempt: 1 }]);
    expect(await rig.receipts(id)).toMatchObject([{ key: 'a', state: 'done' }]);
  });

  test('is shared by calls of one key at the same time, and each key has its own', async () => {
    const calls: string[] = [];
    const id = await rig.run(({ once }) =>
      Promise.all(['a', 'a', 'b', 'a'].map((key) => once(key, async () => `${key}${calls.push(key)}`))),
    );
    expect(await rig.resultOf(id)).toEqual(['a1', 'a1', 'b2', 'a1']);
  });

  test('of a hundred keys at once are all kept, in few commits', async () => {
    const keys = Array.from({ length: 100 }, (_, n) => `mail/${n}@example.test`);
    const id = await rig.run((job) => Promise.all(keys.map((key, n) => job.once(key, () => n))));
    expect(await rig.resultOf(id)).toEqual(keys.map((_, n) => n));
    const receipts = await rig.receipts(id);
    expect([receipts.length, receipts.every(({ state }) => state === 'done')]).toEqual([100, true]);
  });

  test('goes with its job', async () => {
    const id = await rig.run((job) => job.once('a', () => 1));
    expect(await allReceipts()).toHaveLength(1);
    await rig.kit.core.removal.one(id);
    expect(await allReceipts()).toEqual([]);
  });

  test('is never written by a job that asks for none', async () => {
    await rig.run(async () => 1);
    expect(await allReceipts()).toEqual([]);
  });
});

describe('a person who puts the job back', () => {
  test('after a failure has only the rest of it done', async () => {
    const done: string[] = [];
    let full = true;
    const id = await rig.run(
      async (job) => {
        await job.once('a', () => void done.push('a'));
        if (full) throw new Error('full');
        await job.once('b', () => void done.push('b'));
      },
      { maxRetries: 0 },
    );
    full = false;
    await rig.kit.core.control.retry(id, {});
    await rig.kit.clock.advance(1_000);
    expect([done, await rig.kit.state(id)]).toEqual([['a', 'b'], 'completed']);
  });

  test('after its completion has all of it done again', async () => {
    const done: string[] = [];
    const id = await rig.run((job) => job.once('a', () => void done.push('a')));
    await rig.kit.core.control.retry(id, {});
    await rig.kit.clock.advance(1_000);
    expect(done).toEqual(['a', 'a']);
  });
});

describe('a call', () => {
  test.each([
    ['', {}, 'key must be 1 to 191 characters'],
    ['k'.repeat(192), {}, 'key must be 1 to 191 characters'],
    ['a\nb', {}, 'without control characters'],
    ['\ud800', {}, 'valid Unicode'],
    ['a', { uncertain: 'maybe' }, "uncertain must be 'again' or 'fail'"],
  ])('for %j and %j is told what is wrong, and its job is not retried', async (key, options, message) => {
    const id = await rig.run((job) => job.once(key, () => 1, options as never));
    expect(await rig.kit.row(id)).toMatchObject({
      state: 'failed',
      attempt: 1,
      error: expect.stringContaining(message),
    });
  });

  test('takes 191 characters, and tells keys apart by case, accents and spaces at their end', async () => {
    const keys = ['k'.repeat(191), 'K'.repeat(191), 'a', 'a ', 'A', '\u{1F600}', '\u00e9', 'e\u0301'];
    const id = await rig.run((job) => Promise.all(keys.map((key) => job.once(key, () => key))));
    expect(await rig.resultOf(id)).toEqual(keys);
    expect(await rig.receipts(id)).toHaveLength(keys.length);
  });

  test.each([
    ['too large', 'x'.repeat(70_000), 'at most 64 kB as JSON'],
    ['no JSON', 1n, 'is a BigInt'],
  ])('with an answer that is %s fails the job, and its effect is not done again', async (_, answer, message) => {
    let calls = 0;
    const id = await rig.run(async (job) => {
      await job.once('a', () => {
        calls += 1;
        return answer;
      });
    });
    expect(await rig.kit.row(id)).toMatchObject({ state: 'failed', error: expect.stringContaining(message) });
    await rig.kit.core.control.retry(id, {});
    await rig.kit.clock.advance(1_000);
    expect(calls).toBe(1);
    expect(await rig.kit.row(id)).toMatchObject({ error: expect.stringContaining('will not be repeated') });
    expect(await rig.receipts(id)).toMatchObject([{ state: 'done' }]);
  });
});
