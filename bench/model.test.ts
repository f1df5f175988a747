// The capacity model, on numbers that can be worked out by hand.
import { describe, expect, it } from 'vitest';
import { constantsOf, type Load, predict } from './model.ts';

const plain: Load = {
  processes: 1,
  payloadBytes: 200,
  followers: 0,
  rate: 10_000,
  nodeCpu: 60,
  databaseCpu: 40,
  followerCpu: 0,
  listeners: 0,
  listenerCpu: 0,
};
const heavy: Load = { ...plain, payloadBytes: 1_200, rate: 5_000, nodeCpu: 90, databaseCpu: 110 };
const followed: Load = { ...plain, followers: 2, rate: 8_000, nodeCpu: 80, followerCpu: 30 };
const heard: Load = { ...plain, listeners: 2, listenerCpu: 20, databaseCpu: 50 };
const runs = { plain, heavy, followed, heard, crowded: plain };
const constants = constantsOf(runs);
/** The same site, if hearing of each other cost nothing. */
const deaf = { ...constants, nodePerPeer: 0, databasePerPeer: 0 };

describe('the capacity model', () => {
  it('reproduces the runs that its constants come from', () => {
    for (const run of [plain, heavy, followed]) {
      const { rate, nodeCpu, databaseCpu, followerCpu } = predict(constants, { ...run, cores: 16 });
      expect([rate, nodeCpu, databaseCpu, followerCpu]).toEqual(
        [run.rate, run.nodeCpu, run.databaseCpu, run.followerCpu].map((n) => expect.closeTo(n, 6)),
      );
    }
  });

  it('runs every process at the rate of one while there are cores', () => {
    expect(predict(deaf, { processes: 3, payloadBytes: 200, followers: 0, cores: 16 })).toMatchObject({
      rate: expect.closeTo(30_000, 6),
      limit: 'process',
    });
  });

  it('stops at the rate that uses up the cores', () => {
    const two = predict(deaf, { processes: 4, payloadBytes: 200, followers: 0, cores: 2 });
    expect(two).toMatchObject({ rate: expect.closeTo(20_000, 6), limit: 'cores' });
    const eight = predict(deaf, { processes: 8, payloadBytes: 200, followers: 0, cores: 2 });
    expect(eight.rate).toBe(two.rate);
  });

  it('counts the processor time of followers on the same machine', () => {
    const { rate, limit } = predict(deaf, { processes: 4, payloadBytes: 200, followers: 4, cores: 2 });
    expect(rate).toBeCloseTo(2_000_000 / (60 + 40 + 4 * 10 + 4 * 15), 6);
    expect(limit).toBe('cores');
  });

  it('includes the cost of each process receiving events of the others', () => {
    const many = predict(constants, { processes: 3, payloadBytes: 200, followers: 0, cores: 64 });
    expect(many.nodeCpu).toBeCloseTo(60 + 2 * 10, 6);
    expect(many.databaseCpu).toBeCloseTo(40 + 2 * 5, 6);
    expect(many.rate).toBeCloseTo(3_000_000 / (100 + 2 * 10), 6);
  });

  it('slows all down with the share of busy cores, up to all of them', () => {
    const crowded = constantsOf({ ...runs, crowded: { ...plain, nodeCpu: 90, databaseCpu: 60 } });
    const alike = { ...crowded, nodePerPeer: 0, databasePerPeer: 0 };
    const rateOf = (processes: number) => predict(alike, { processes, payloadBytes: 200, followers: 0, cores: 4 }).rate;
    expect(rateOf(1)).toBeCloseTo(10_000, 6);
    // Two of four cores are busy: a third of the way from one to four.
    expect(rateOf(2)).toBeCloseTo(20_000 / (1 + 0.5 / 3), 6);
    expect(rateOf(8)).toBeCloseTo(4_000_000 / 150, 6);
  });

  it('ignores a difference that is only noise', () => {
    const noisy = constantsOf({ ...runs, heavy: { ...heavy, nodeCpu: plain.nodeCpu - 5 } });
    expect(noisy.nodePerByte).toBe(0);
  });
});
