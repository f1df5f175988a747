import { expect, test } from 'vitest';
import { between, inZone, relative, roughly } from './time.tsx';

test.each([
  [0, 'now'],
  [-999, 'now'],
  [-1_000, '1 s ago'],
  [-9_400, '9 s ago'],
  [-119_000, '119 s ago'],
  [-180_000, '3 min ago'],
  [4_000, 'in 4 s'],
  [7_200_000, 'in 2 h'],
  [-259_200_000, '3 d ago'],
])('%d ms from now is shown as "%s"', (distance, expected) => {
  expect(relative(1_000_000_000 + distance, 1_000_000_000)).toBe(expected);
});

test('a duration below a second is not rounded away', () => {
  expect(roughly(350)).toBe('350 ms');
  expect(roughly(5_000)).toBe('5 s');
});

test('a run is shown in the time zone of its schedule, and in UTC if that is unknown', () => {
  expect(inZone('2026-01-31T08:00:00.000Z', 'Europe/Berlin')).toContain('09:00');
  expect(inZone('2026-01-31T08:00:00.000Z', 'Mars/Olympus')).toContain('08:00');
});

test('a clock that went back gives no negative duration', () => {
  expect(between('2026-01-01T00:00:05.000Z', '2026-01-01T00:00:00.000Z', 0)).toBe(0);
});
