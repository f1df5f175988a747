import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createPace } from './live.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A pace of one run in a second, whose runs end as `ends` says. */
function paced(ends: () => Promise<boolean> = async () => true) {
  const run = vi.fn(ends);
  return { run, pace: createPace({ run, every: 1_000, most: 15_000, now: () => Date.now() }) };
}

describe('a pace', () => {
  test('runs twice for a hundred requests in a second: at once, and once for the rest', async () => {
    const { run, pace } = paced();
    for (let i = 0; i < 100; i += 1) {
      pace.ask();
      await vi.advanceTimersByTimeAsync(9);
    }
    expect(run).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(run).toHaveBeenCalledTimes(2);
  });

  test('never runs twice at the same time', async () => {
    let end = (_: boolean): void => {};
    const { run, pace } = paced(
      () =>
        new Promise((done) => {
          end = done;
        }),
    );
    pace.ask();
    await vi.advanceTimersByTimeAsync(3_000);
    pace.ask();
    await vi.advanceTimersByTimeAsync(3_000);
    expect(run).toHaveBeenCalledTimes(1);
    end(true);
    await vi.advanceTimersByTimeAsync(0);
    expect(run).toHaveBeenCalledTimes(2);
  });

  test('retries by itself, less and less often, and soon again after a success', async () => {
    let isWell = false;
    const { run, pace } = paced(async () => {
      if (!isWell) throw new Error('away');
      return true;
    });
    pace.ask();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(run.mock.calls.length).toBeGreaterThanOrEqual(6);
    expect(run.mock.calls.length).toBeLessThanOrEqual(8);
    isWell = true;
    await vi.advanceTimersByTimeAsync(15_000);
    run.mockClear();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(run).not.toHaveBeenCalled();
    pace.ask();
    await vi.advanceTimersByTimeAsync(0);
    expect(run).toHaveBeenCalledTimes(1);
  });

  test('does nothing while held, and catches up afterwards', async () => {
    const { run, pace } = paced();
    pace.hold();
    pace.ask();
    pace.ask();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(run).not.toHaveBeenCalled();
    pace.go();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(run).toHaveBeenCalledTimes(1);
  });
});
