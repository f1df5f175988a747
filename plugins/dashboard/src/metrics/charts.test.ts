// The charts of the metrics page, and their descriptions.
import type { MetricsHistory, MetricsPoint } from '@phraseworks/sdk/client';
import { expect, test } from 'vitest';
import { figuresOf, share, timeLabel, timesOf } from './charts.ts';

const EMPTY: Omit<MetricsPoint, 'at'> = {
  ...{ added: 0, completed: 0, failed: 0, cancelled: 0, retried: 0, pending: 0 },
  ...{ waitP50: null, waitP95: null, waitP99: null, runP50: null, runP95: null, runP99: null },
};

const history = (points: Partial<MetricsPoint>[], step = 60_000): MetricsHistory => {
  const from = Date.parse('2026-11-25T09:00:00Z');
  const at = (index: number): string => new Date(from + index * step).toISOString();
  return {
    from: at(0),
    to: at(points.length),
    step,
    points: points.map((point, index) => ({ ...EMPTY, at: at(index), ...point })),
    total: EMPTY,
    types: [],
    byType: {},
  };
};

const BUSY = history([
  { added: 5, completed: 3, failed: 1, runP50: 40, runP95: 900, waitP50: 2, waitP95: 8, pending: 4 },
  {},
  { added: 2, completed: 4, retried: 2, runP50: 60, runP95: 1_200, waitP50: 1, waitP95: 3 },
]);

test('each chart states its highest value and its time', () => {
  const told = figuresOf(BUSY, 'UTC').map(({ id, top, description }) => [id, top, description]);
  expect(told).toEqual([
    ['results', '4 jobs', 'Finished jobs per minute. Highest: 4 jobs, 09:00.'],
    ['wait', '8 ms', expect.stringContaining('Longest: 8 ms, 09:00.')],
    ['run', '1.2 s', expect.stringContaining('Longest: 1.2 s, 09:02.')],
    ['depth', '4 jobs', expect.stringContaining('Highest: 4 jobs, 09:00.')],
  ]);
});

test('axes name round numbers, and whole minutes, hours or days of the reader', () => {
  const [results] = figuresOf(BUSY, 'UTC');
  expect(results?.axis.map(({ text }) => text)).toEqual(['0', '1', '2', '3', '4']);
  expect(results?.axis.map(({ at }) => at)).toEqual(results?.axis.map(({ at }) => at).sort((a, b) => b - a));
  const texts = (points: number, step: number, zone = 'UTC') =>
    timesOf(history(Array(points).fill({}), step), zone).map(({ text }) => text);
  expect(texts(60, 60_000)).toEqual(['09:00', '09:10', '09:20', '09:30', '09:40', '09:50']);
  expect(texts(288, 300_000, 'Asia/Kolkata')).toEqual(['18:00', '00:00', '06:00', '12:00']);
  expect(texts(168, 3_600_000)).toEqual(['26 Nov', '27 Nov', '28 Nov', '29 Nov', '30 Nov', '1 Dec', '2 Dec']);
});

test('jobs that took no time differ from those that were not measured', () => {
  const run = figuresOf(history([{ completed: 1, runP50: 0, runP95: 0 }]), 'UTC').find(({ id }) => id === 'run');
  expect([run?.top, run?.description]).toEqual([null, '0 ms in this period']);
});

test('times beyond a day include the date', () => {
  const long = history(Array(200).fill({}), 3_600_000);
  expect(timeLabel('2026-11-25T09:30:00.000Z', 'UTC', BUSY)).toBe('09:30');
  expect(timeLabel('2026-11-25T09:30:00.000Z', 'UTC', long)).toBe('25 Nov, 09:30');
  expect(figuresOf(long, 'UTC')[0]?.title).toBe('Jobs per hour, by result');
});

test("times are in the reader's time zone, with UTC next to the value of a place", () => {
  const [results] = figuresOf(BUSY, 'Asia/Kolkata');
  expect(results?.labels).toEqual(['14:30', '14:31', '14:32']);
  expect(results?.places[0]).toBe('14:30 (09:00 UTC): completed 3, failed 1');
  expect(results?.description).toContain('4 jobs, 14:30.');
});

test.each([
  [0, 0, '-'],
  [999, 1_000, '99.9 %'],
  [9_999, 10_000, '99.9 %'],
  [5, 5, '100 %'],
])('%d of %d is %s: one failure is never rounded away', (part, of, text) => {
  expect(share(part, of)).toBe(text);
});
