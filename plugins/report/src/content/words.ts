// Formats numbers and changes for people.
import type { Figure } from '@phraseworks/sdk';
import { formatDuration } from '@phraseworks/sdk';
import type { Cell, Change } from './model.ts';

const GROUPED = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const ONE_DIGIT = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

export const count = (value: number): string => GROUPED.format(value);

/** `980 B`, `41 kB`, `3.1 MB`. */
export function bytes(value: number): string {
  const size = Math.abs(value);
  const power = size < 1_000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(size) / 3));
  const scaled = value / 1_000 ** power;
  const text = power < 2 || Math.abs(scaled) >= 100 ? GROUPED.format(scaled) : ONE_DIGIT.format(scaled);
  return `${text} ${UNITS[power]}`;
}

export const percent = (value: number): string => `${ONE_DIGIT.format(value)} %`;

export function inUnit(value: number, unit: Figure['unit']): string {
  if (unit === 'bytes') return bytes(value);
  if (unit === 'ms') return formatDuration(Math.max(0, value));
  return unit === 'percent' ? percent(value) : count(value);
}

/** `3 jobs`, `1 job`. */
export const many = (n: number, one: string): string => `${count(n)} ${n === 1 ? one : `${one}s`}`;

/** Changes below half a percent count as none. `points`: subtract, for values that are percentages. */
export function changeOf(now: number, before: number | null, better: Figure['better'], points = false): Change {
  if (before === null || !Number.isFinite(now - before)) return { text: 'new', direction: 'same', verdict: null };
  const difference = now - before;
  const share = points ? difference : before === 0 ? 0 : (difference / Math.abs(before)) * 100;
  if (difference === 0 || (before !== 0 && Math.abs(share) < (points ? 0.05 : 0.5))) {
    return { text: 'no change', direction: 'same', verdict: null };
  }
  const direction = difference > 0 ? 'up' : 'down';
  const improved = better === 'neither' ? null : (better === 'more') === difference > 0;
  const verdict = improved === null ? null : improved ? 'better' : 'worse';
  if (points) return { text: `${ONE_DIGIT.format(Math.abs(share))} points`, direction, verdict };
  if (before === 0) return { text: 'from none', direction, verdict };
  // Above a fourfold growth, say how many times as many.
  const text = share >= 300 ? `${GROUPED.format(now / before)} times` : `${GROUPED.format(Math.abs(share))} %`;
  return { text, direction, verdict };
}

const WORDS = { up: 'more', down: 'less', same: '' } as const;

/** `12 % more, worse`: for people who do not see arrows and colours. */
export function changeInWords({ text, direction, verdict }: Change): string {
  if (direction === 'same') return text;
  const way = text === 'from none' || text.endsWith('times') ? text : `${text} ${WORDS[direction]}`;
  return verdict === null ? way : `${way}, ${verdict}`;
}

/** A number in a table. */
export const numberCell = (value: number, text = count(value)): Cell => ({ text, value });

/** A number with its change. */
export const changedCell = (
  value: number,
  before: number | null,
  better: Figure['better'],
  unit: Figure['unit'] = 'count',
): Cell => ({
  text: inUnit(value, unit),
  value,
  before,
  change: changeOf(value, before, better, unit === 'percent'),
});

export const durationCell = (ms: number | null): Cell =>
  ms === null ? { text: '-' } : { text: formatDuration(ms), value: Math.round(ms) };
