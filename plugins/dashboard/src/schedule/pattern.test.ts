// Patterns in words: each valid one is described correctly or not at all.
import { createTestJobs, ManualClock } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import { patternText } from './pattern.ts';

test.each([
  ['*/5 * * * *', 'Every 5 minutes'],
  ['*/10 9-17 * * 1-5', 'Every 10 minutes, between 09:00 and 17:59, Monday through Friday'],
  ['0 9,17 * * *', 'At 09:00 and 17:00'],
  ['0 9 * * 7', 'At 09:00, only on Sunday'],
  ['0 9 * * mon', 'At 09:00, only on Monday'],
  ['0 9 13 * 5', 'At 09:00, on day 13 of the month, and on Friday'],
  ['0 9 * * 1#2', 'At 09:00, on the second Monday of the month'],
  ['0 9 * * 5L', 'At 09:00, on the last Friday of the month'],
  ['0 0 L * *', 'At 00:00, on the last day of the month'],
  ['0 0 15,L * *', 'At 00:00, on day 15 and the last day of the month'],
  ['0 9 13 * 1,5', 'At 09:00, on day 13 of the month, and on Monday and Friday'],
  ['0 */6 * * *', 'On the hour, every 6 hours'],
  ['0 9 * JAN,MAR *', 'At 09:00, only in January and March'],
  ['0 9 * * 1,3-5', 'At 09:00, only on Monday and Wednesday through Friday'],
  ['*/10 * * * * *', 'Every 10 seconds'],
  ['30 0 9 * * *', 'At 09:00:30'],
])('%s is %s', (pattern, words) => {
  expect(patternText(pattern)).toBe(words);
});

test.each([
  '',
  '* * * *',
  '60 * * * *',
  'a b c d e',
  '0 9 * * FRIDAY',
  // The scheduler refuses these.
  '1/5 * * * *',
  '0 22-2 * * *',
  '*/90 * * * *',
  '0 0 * * L',
  '@daily',
  '0 0 LW * *',
  '0 0 ? * *',
  '0 0 * * *#2',
  // The library describes these differently from how they run.
  '*/40 * * * *',
  '0 */5 * * *',
  '0 9 * * 1-5#1',
  '0 9 * * */2',
])('%s has no description', (pattern) => {
  expect(patternText(pattern)).toBe('');
});

test.each([
  ['0 9 1 * 1-5', ['2026-12-01', '2026-12-02', '2026-12-03', '2026-12-04', '2026-12-07']],
  ['31 9 31 * 0-6', ['2026-12-01', '2026-12-02', '2026-12-03', '2026-12-04', '2026-12-05']],
  ['0 0 * * 1#2,5', ['2026-12-04', '2026-12-11', '2026-12-14', '2026-12-18', '2026-12-25']],
  ['0 0 */10 * *', ['2026-12-01', '2026-12-11', '2026-12-21', '2026-12-31', '2027-01-01']],
  ['0 9 * * FRI#L', ['2026-12-25', '2027-01-29', '2027-02-26', '2027-03-26', '2027-04-30']],
])("%s runs differently from the library's description, and has none", async (schedule, days) => {
  await using jobs = await createTestJobs({ clock: new ManualClock(Date.parse('2026-11-30T23:59:00Z')) });
  expect((await jobs.schedules.preview({ schedule })).map((at) => at.slice(0, 10))).toEqual(days);
  expect(patternText(schedule)).toBe('');
});
