// Bars: ratios of medians within one run, and their verdicts.
import { describe, expect, it } from 'vitest';
import { compare, MYSQL_BARS, SQLITE_BARS } from './bars.ts';
import type { Measured } from './measured.ts';

const rounds = (name: string, side: string, list: readonly number[], unit: 'jobs/s' | 'ms' = 'jobs/s'): Measured[] =>
  list.map((value) => ({ name, side, better: unit === 'ms' ? 'less' : 'more', figure: { value, unit } }));

const verdict = (rows: readonly string[], start: string): string | undefined =>
  rows
    .find((row) => row.startsWith(`| ${start} |`))
    ?.split('|')
    .at(-2)
    ?.trim();

describe('the bars', () => {
  it('compare our median with the median of the peer', () => {
    const measured = [
      ...rounds('end to end', 'phraseworks', [9_000, 2_500, 2_400]),
      ...rounds('end to end', 'bullmq', [1_000, 900, 5_000]),
    ];
    expect(compare(measured, MYSQL_BARS)[2]).toContain('2.50 x');
    expect(verdict(compare(measured, MYSQL_BARS), 'end to end')).toBe('goal not met');
  });

  it('are not met below the minimum', () => {
    const measured = [...rounds('pickup', 'phraseworks', [2.4], 'ms')];
    expect(verdict(compare(measured, MYSQL_BARS), 'pickup p50')).toBe('NOT MET');
  });

  it('use the slower of two and four processes', () => {
    const measured = [
      ...rounds('1 process', 'phraseworks', [10_000]),
      ...rounds('2 processes', 'phraseworks', [15_000]),
      ...rounds('4 processes', 'phraseworks', [9_900]),
    ];
    expect(verdict(compare(measured, MYSQL_BARS), '2 and 4 processes')).toBe('NOT MET');
  });

  it('use the faster setting of a peer', () => {
    const measured = [
      ...rounds('drain', 'phraseworks', [15_000]),
      ...rounds('drain', 'serenis', [9_000]),
      ...rounds('drain', 'serenis single', [10_000]),
    ];
    expect(compare(measured, MYSQL_BARS)[2]).toContain('1.50 x');
  });

  it('leave out missing measurements', () => {
    expect(compare([], SQLITE_BARS)).toHaveLength(2);
  });
});
