import type { HistoryEntry, JobState } from '@phraseworks/sdk';
import { describe, expect, test } from 'vitest';
import { lifeOf, type Stretch, spansOf } from './timeline.tsx';

const START = 1_767_225_600_000;
const at = (ms: number): string => new Date(START + ms).toISOString();
const entry = (ms: number, event: HistoryEntry['event'], status: JobState, attempt = 1): HistoryEntry => ({
  event,
  at: at(ms),
  attempt,
  status,
});
const short = (life: readonly Stretch[]) =>
  life.map(({ kind, from, to, open, ended }) => [
    kind,
    to - from,
    ...(open ? ['open'] : []),
    ...(ended ? [ended] : []),
  ]);

const added = entry(0, 'job_added', 'pending', 0);

describe('the timeline of a job', () => {
  test('whose process died shows the run as lost', () => {
    const entries = [added, entry(10, 'job_started', 'processing'), entry(90, 'job_started', 'processing')];
    expect(short(lifeOf(entries, START + 100))[1]).toEqual(['run', 80, 'lost']);
  });

  test('that was parked and resumed by hand', () => {
    const entries = [
      added,
      entry(5, 'job_parked', 'parked', 0),
      entry(20, 'job_cancelled', 'cancelled', 0),
      entry(60, 'job_requeued', 'pending', 0),
    ];
    expect(short(lifeOf(entries, START + 70))).toEqual([
      ['wait', 5],
      ['parked', 15],
      ['rest', 40],
      ['wait', 10, 'open'],
    ]);
  });

  test('with a clock that went back has no negative length', () => {
    expect(short(lifeOf([added, entry(-50, 'job_started', 'processing')], START - 90))).toEqual([
      ['wait', 0],
      ['run', 0, 'open'],
    ]);
  });
});

describe('the bar', () => {
  const of = (...lengths: [Stretch['kind'], number][]): number[] =>
    spansOf(
      lengths.map(([kind, ms]) => ({ kind, from: 0, to: ms, open: false, attempt: 1, ended: null })),
      1_000,
      10,
    ).map(({ width }) => width);

  test('shows stretches too short to be visible, and still fills its width', () => {
    const widths = of(['wait', 1], ['run', 86_400_000], ['retry', 2]);
    expect(widths).toEqual([10, 980, 10]);
  });

  test('gives no length to a resting job', () => {
    expect(of(['run', 500], ['rest', 999_999], ['run', 500])).toEqual([495, 10, 495]);
  });

  test('with more stretches than fit stays within its width', () => {
    const total = of(...Array.from({ length: 400 }, (): [Stretch['kind'], number] => ['wait', 1])).reduce(
      (a, b) => a + b,
    );
    expect(total).toBeCloseTo(1_000);
  });
});
