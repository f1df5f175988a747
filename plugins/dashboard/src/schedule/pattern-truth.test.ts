// What is read from a pattern is what the scheduler makes of it: no run more and none less.
import { createTestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import { type Pattern, readPattern } from './pattern.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;

function matches({ minutes, hours, months, days, weekdays }: Pattern, ms: number): boolean {
  const at = new Date(ms);
  const date = at.getUTCDate();
  const last = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 0)).getUTCDate();
  const onDay = days !== null && (days.numbers.includes(date) || (days.last && date === last));
  const onWeekday =
    weekdays?.some(({ day, nth }) => {
      if (day !== at.getUTCDay()) return false;
      if (nth === undefined) return true;
      return nth === 'last' ? date > last - 7 : Math.ceil(date / 7) === nth;
    }) ?? false;
  return (
    minutes.includes(at.getUTCMinutes()) &&
    hours.includes(at.getUTCHours()) &&
    months.includes(at.getUTCMonth() + 1) &&
    ((days === null && weekdays === null) || onDay || onWeekday)
  );
}

test.each([
  '0 9 * * *',
  '0,30 9,17 * * *',
  '30 8-18/2 * * *',
  '0 9 * * 1-5',
  '0 9 * * */2',
  '0 9 * * 0-7',
  '0 9 * * 6-7',
  '0 9 * * MON,THU',
  '0 9 * * 1#1',
  '0 9 * * 1-5#1',
  '0 9 * * 5L',
  '0 9 * * FRI#L',
  '0 9 * * 1,5L',
  '0 0 1,15 * *',
  '0 0 */10 * *',
  '0 0 15,L * *',
  '0 0 L * *',
  '0 9 13 * 5',
  '0 9 1-31 * 5',
  '0 9 28 */2 2',
  '0 9 * jan-mar/2 *',
  '7-50/13 3 * * *',
])('%s', async (schedule) => {
  const pattern = readPattern(schedule) as Pattern;
  await using jobs = await createTestJobs({ plugins: {} });
  jobs.registerProcessor('work', async () => ({ success: true }));
  await jobs.scheduleJob({ name: 'it', schedule, jobData: { type: 'work', data: {} } });
  // The end of a month, its first days, and some in its middle.
  for (const start of ['2026-11-25T00:00:00Z', '2026-12-01T00:00:00Z', '2027-01-10T00:00:00Z']) {
    const from = Date.parse(start);
    const [runs] = await jobs.schedules.runs({ from, to: from + 8 * DAY });
    const minutes = Array.from({ length: (8 * DAY) / MINUTE }, (_, index) => from + index * MINUTE);
    expect(runs?.at.map((at) => Date.parse(at))).toEqual(minutes.filter((at) => matches(pattern, at)));
  }
});
