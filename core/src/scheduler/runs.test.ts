// The runs of schedules within a span of time.
import { expect, it } from 'vitest';
import type { Clock } from '../kernel/clock.ts';
import { runsOf } from './runs.ts';

const DAY = 86_400_000;
const at = (text: string): number => Date.parse(text);

const clock: Clock = { steady: () => 0, now: () => 0, after: () => () => {}, soon: (fn) => void setImmediate(fn) };

const of = (pattern: string, timezone = 'UTC', key = 'one') => ({ key, pattern, timezone });

it('a run at the start of the span is included, and one at its end is not', async () => {
  const span = { from: at('2026-10-16T09:00:00Z'), to: at('2026-10-18T09:00:00Z'), limit: 10 };
  expect(await runsOf([of('0 9 * * *')], span, clock)).toEqual([
    { name: 'one', at: ['2026-10-16T09:00:00.000Z', '2026-10-17T09:00:00.000Z'], capped: false },
  ]);
});

it('more runs than the limit are cut, and the answer says so', async () => {
  const from = at('2026-10-16T00:00:00Z');
  const [runs] = await runsOf([of('* * * * *')], { from, to: from + 8 * DAY, limit: 500 }, clock);
  expect({ n: runs?.at.length, last: runs?.at.at(-1), capped: runs?.capped }).toEqual({
    n: 500,
    last: '2026-10-16T08:19:00.000Z',
    capped: true,
  });
  const exact = await runsOf([of('0 * * * *')], { from, to: from + DAY, limit: 24 }, clock);
  expect(exact[0]).toMatchObject({ capped: false });
});

it('a schedule in an unknown time zone has no runs, and the others have theirs', async () => {
  const from = at('2026-10-16T00:00:00Z');
  const schedules = [of('0 9 * * *', 'Mars/Olympus', 'far'), of('0 9 * * *', 'UTC', 'near')];
  const runs = await runsOf(schedules, { from, to: from + DAY, limit: 10 }, clock);
  expect(runs.map(({ name, at: times }) => [name, times.length])).toEqual([
    ['far', 0],
    ['near', 1],
  ]);
});
