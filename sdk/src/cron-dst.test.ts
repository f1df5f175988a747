// The days on which clocks change: hand-made facts, and every zone against a minute-by-minute count.
import { describe, expect, it } from 'vitest';
import { lastRuns, nextRuns } from './cron.ts';

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;
const times = (pattern: string, zone: string, day: string): string[] => {
  const from = Date.parse(`${day}T00:00:00Z`);
  return nextRuns(pattern, zone, from - 1, 200)
    .filter((run) => run < from + DAY)
    .map((run) => new Date(run).toISOString().slice(0, 16));
};

describe('where the clocks change', () => {
  it.each([
    // Forward: the missing time runs when the clocks have jumped.
    ['Europe/London', '30 1 * * *', '2026-03-29', ['2026-03-29T01:00']],
    ['Europe/Berlin', '30 2 * * *', '2026-03-29', ['2026-03-29T01:00']],
    ['America/New_York', '30 2 * * *', '2026-03-08', ['2026-03-08T07:00']],
    ['Australia/Lord_Howe', '15 2 * * *', '2026-10-03', ['2026-10-03T15:30']],
    ['Europe/London', '0,30 1 * * *', '2026-03-29', ['2026-03-29T01:00']],
    ['Europe/London', '*/15 1 * * *', '2026-03-29', []],
    // Also where they skip the last hour of a day.
    ['America/Nuuk', '30 23 * * *', '2029-03-25', ['2029-03-25T01:00']],
    ['America/Scoresbysund', '0,30 23 * * *', '2026-03-29', ['2026-03-29T01:00']],
    // Back: the repeated time runs once, "all the while" runs all the while.
    ['Europe/London', '30 1 * * *', '2026-10-25', ['2026-10-25T00:30']],
    ['Europe/Berlin', '30 2 * * *', '2026-10-25', ['2026-10-25T00:30']],
    ['America/New_York', '30 1 * * *', '2026-11-01', ['2026-11-01T05:30']],
    ['Europe/London', '30 1,13 * * *', '2026-10-25', ['2026-10-25T00:30', '2026-10-25T13:30']],
    [
      'Europe/London',
      '*/15 1 * * *',
      '2026-10-25',
      ['00:00', '00:15', '00:30', '00:45', '01:00', '01:15', '01:30', '01:45'].map((time) => `2026-10-25T${time}`),
    ],
    ['Europe/Berlin', '0 1-3 * * *', '2026-10-25', ['2026-10-25T00:00', '2026-10-25T02:00']],
    // Never.
    ['Asia/Kolkata', '30 5 * * *', '2026-03-29', ['2026-03-29T00:00']],
    ['America/Sao_Paulo', '0 1 * * *', '2026-10-25', ['2026-10-25T04:00']],
  ])('%s with %s runs on %s at %j', (zone, pattern, day, runs) => {
    expect(times(pattern, zone, day)).toEqual(runs);
  });
});

/** The offset of a zone in minutes, as Intl says it. */
function offsetOf(zone: string): (at: number) => number {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
  return (at) => {
    const [, sign, hours = '0', minutes = '0'] = /GMT(?:([+-])(\d\d):(\d\d))?/.exec(format.format(at)) ?? [];
    return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
  };
}

/** When the clocks of a zone change in these years, to the minute. */
function changesOf(offset: (at: number) => number, years: readonly [number, number]): number[] {
  const found: number[] = [];
  for (let at = Date.UTC(years[0], 0); at < Date.UTC(years[1], 0); at += 7 * DAY) {
    let [low, high] = [at, at + 7 * DAY];
    if (offset(low) === offset(high)) continue;
    while (high - low > MINUTE) {
      const middle = Math.floor((low + high) / 2 / MINUTE) * MINUTE;
      if (offset(middle) === offset(low)) low = middle;
      else high = middle;
    }
    found.push(high);
  }
  return found;
}

it('in every zone, each time of day runs once per day around each change of the clocks', () => {
  const years = process.env.JOBS_TEST_FULL === '1' ? ([2024, 2031] as const) : ([2029, 2030] as const);
  const known = new Set<string>();
  const wrong: string[] = [];
  for (const zone of [...Intl.supportedValuesOf('timeZone'), 'America/Nuuk']) {
    const offset = offsetOf(zone);
    const changes = changesOf(offset, years);
    const rule = JSON.stringify(changes.map((at) => [at, offset(at - MINUTE), offset(at)]));
    if (known.has(rule)) continue;
    known.add(rule);
    for (const at of changes) {
      const [before, after] = [offset(at - MINUTE), offset(at)];
      const [from, until] = [at - DAY, at + DAY];
      // Look at every minute: a time of a day has come at the first that shows it or a later one.
      const first = new Map<number, number>();
      let reached = from / MINUTE - DAY / MINUTE + before;
      for (let t = from - DAY; t <= until + DAY; t += MINUTE)
        for (const shown = t / MINUTE + (t < at ? before : after); reached <= shown; reached += 1)
          first.set(reached, t);
      for (let minute = 30; minute < 1_440; minute += 60) {
        const counted = [...first].flatMap(([shown, t]) =>
          (shown - minute) % 1_440 === 0 && t > from && t <= until ? [t] : [],
        );
        const pattern = `${minute % 60} ${Math.floor(minute / 60)} * * *`;
        const ahead = nextRuns(pattern, zone, from, 4).filter((run) => run <= until);
        const back = lastRuns(pattern, zone, until, 4).filter((run) => run > from);
        for (const runs of [ahead, back]) if (String(runs) !== String(counted)) wrong.push(`${zone} ${pattern} ${at}`);
      }
    }
  }
  expect(known.size).toBeGreaterThan(20);
  expect(wrong).toEqual([]);
}, 120_000);
