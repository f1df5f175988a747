// job.once(): a later attempt does not repeat finished steps, and invalid calls are refused before they run anything.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openReceiptRig, type ReceiptRig } from '../../test/receipt-rig.ts';

let rig: ReceiptRig;
beforeEach(async () => {
  rig = await openReceiptRig();
});
afterEach(() => rig[Symbol.asyncDispose]());

describe('a receipt', () => {
  test('lets a later attempt skip a finished step and return its stored result', async () => {
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

  test('is shared by simultaneous calls with one key, and each key has its own', async () => {
    const calls: string[] = [];
    const id = await rig.run(({ once }) =>
      Promise.all(['a', 'a', 'b', 'a'].map((key) => once(key, async () => `${key}${calls.push(key)}`))),
    );
    expect(await rig.resultOf(id)).toEqual(['a1', 'a1', 'b2', 'a1']);
  });
});

describe('retrying the job by hand', () => {
  test('after completion runs all steps again', async () => {
    const done: string[] = [];
    const id = await rig.run((job) => job.once('a', () => void done.push('a')));
    await rig.kit.core.actions.retry(id, {});
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
  ])('with %j and %j fails with what is wrong, and its job is not retried', async (key, options, message) => {
    const id = await rig.run((job) => job.once(key, () => 1, options as never));
    expect(await rig.kit.row(id)).toMatchObject({
      state: 'failed',
      attempt: 1,
      error: expect.stringContaining(message),
    });
  });

  test('accepts keys of 191 characters, and distinguishes case, accents and trailing spaces', async () => {
    const keys = ['k'.repeat(191), 'K'.repeat(191), 'a', 'a ', 'A', '\u{1F600}', '\u00e9', 'e\u0301'];
    const id = await rig.run((job) => Promise.all(keys.map((key) => job.once(key, () => key))));
    expect(await rig.resultOf(id)).toEqual(keys);
    expect(await rig.receipts(id)).toHaveLength(keys.length);
  });

  test.each([
    ['too large', 'x'.repeat(70_000), 'at most 64 kB as JSON'],
    ['no JSON', 1n, 'is a BigInt'],
  ])('whose result is %s fails the job, and its effect is not repeated', async (_, answer, message) => {
    let calls = 0;
    const id = await rig.run(async (job) => {
      await job.once('a', () => {
        calls += 1;
        return answer;
      });
    });
    expect(await rig.kit.row(id)).toMatchObject({ state: 'failed', error: expect.stringContaining(message) });
    await rig.kit.core.actions.retry(id, {});
    await rig.kit.clock.advance(1_000);
    expect(calls).toBe(1);
    expect(await rig.kit.row(id)).toMatchObject({ error: expect.stringContaining('will not be repeated') });
    expect(await rig.receipts(id)).toMatchObject([{ state: 'done' }]);
  });
});
