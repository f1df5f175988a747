// The plugin's metrics in reports, and its panel.
import { expect, test } from 'vitest';
import { figuresOf } from './runs.ts';
import type { RunRow } from './tables.ts';

const DAY = 86_400_000;
const row = (day: number, state: RunRow['state'], bytes = 10) => ({ at: day * DAY + 5, state, bytes }) as RunRow;

test('backups made, verified and failed, and their bytes, are counted overall and per day', () => {
  const rows = [
    row(0, 'verified'),
    row(0, 'unverified', 5),
    row(2, 'verified'),
    row(2, 'failed', 99),
    row(2, 'writing', 99),
  ];
  const values = figuresOf(rows, { from: 0, to: 3 * DAY }).map(({ key, value, days }) => [key, value, days]);
  expect(values).toEqual([
    ['backup.made', 3, [2, 0, 1]],
    ['backup.verified', 2, [1, 0, 1]],
    ['backup.incomplete', 0, [0, 0, 0]],
    ['backup.failed', 1, [0, 0, 1]],
    ['backup.bytes', 25, [15, 0, 10]],
  ]);
});
