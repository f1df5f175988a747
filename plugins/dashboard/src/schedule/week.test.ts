// The coming week of schedules: marks on a strip, and runs that come together.
import { expect, test } from 'vitest';
import { type RunsOf, weekOf, zoneOf } from './week.tsx';

const DAY = 86_400_000;
const HOUR = 3_600_000;
const MINUTE = 60_000;
const FROM = Date.parse('2026-11-25T00:00:00Z');
const TO = FROM + 7 * DAY;

const runs = (name: string, first: number, every: number, n: number, capped = false): RunsOf => ({
  name,
  at: Array.from({ length: n }, (_, index) => FROM + first + index * every),
  capped,
});
const daily = (name: string, hour: number) => runs(name, hour * HOUR, DAY, 7);

test('each run of a daily schedule is a separate mark, at its place', () => {
  const { marks, clashes } = weekOf([daily('backup', 12)], FROM, TO);
  const own = marks.get('backup') ?? [];
  expect(own.map(({ from }) => Math.round(from * 14))).toEqual([1, 3, 5, 7, 9, 11, 13]);
  expect(own.every(({ runs: n, clash }) => n === 1 && !clash)).toBe(true);
  expect(clashes).toEqual([]);
});

test('nearby runs become one band, and a capped one extends to the end', () => {
  const every = weekOf([runs('poll', 0, 5 * MINUTE, 2_000, true)], FROM, TO);
  expect(every.marks.get('poll')).toEqual([{ from: 0, to: 1, at: FROM, runs: 2_000, clash: false }]);
  expect(every.often).toEqual(['poll']);
});

test('runs in the same minute are marked on both strips and listed together', () => {
  const { marks, clashes } = weekOf([daily('backup', 1), runs('cleanup', 0, HOUR, 168), daily('report', 9)], FROM, TO);
  expect(clashes.map(({ names, at }) => [names, at.length])).toEqual([
    [['backup', 'cleanup'], 7],
    [['cleanup', 'report'], 7],
  ]);
  expect((marks.get('backup') ?? []).every(({ clash }) => clash)).toBe(true);
  expect((marks.get('cleanup') ?? []).filter(({ clash }) => clash)).toHaveLength(14);
});

test('seconds do not separate two runs', () => {
  const { clashes } = weekOf([daily('backup', 1), runs('later', HOUR + 30_000, DAY, 2)], FROM, TO);
  expect(clashes).toEqual([{ names: ['backup', 'later'], at: [FROM + HOUR, FROM + HOUR + DAY] }]);
});

test('a schedule that runs more often than hourly has no overlaps', () => {
  const { clashes, often } = weekOf([daily('backup', 1), runs('poll', 0, 30 * MINUTE, 336)], FROM, TO);
  expect(clashes).toEqual([]);
  expect(often).toEqual(['poll']);
});

test('an unknown time zone counts as UTC', () => {
  expect(zoneOf('Mars/Olympus').name).toBe('UTC');
});
