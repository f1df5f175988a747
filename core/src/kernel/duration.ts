// Durations as options take them and as reasons tell them.
import { parseDuration } from '@phraseworks/sdk';

const TEN_YEARS = 3_653 * 86_400_000;
const UNITS = { week: 604_800_000, day: 86_400_000, hour: 3_600_000, minute: 60_000, second: 1_000 };

/** Milliseconds: a number of them, rounded up, or text such as `2 days` or `1h`. Null if it is neither. */
export function millisecondsOf(given: unknown): number | null {
  if (typeof given === 'string') return parseDuration(given);
  return typeof given === 'number' && given >= 0 && given <= TEN_YEARS ? Math.ceil(given) : null;
}

/** `2 days`, `90 minutes`, `1 second`: in the largest unit of which there is a whole number. */
export function durationInWords(ms: number): string {
  const [unit, size] = Object.entries(UNITS).find(([, size]) => ms >= size && ms % size === 0) ?? ['second', 1_000];
  const n = Math.round(ms / size);
  return `${n} ${unit}${n === 1 ? '' : 's'}`;
}

/** How many milliseconds something is kept; null for `false` and `forever`, undefined if it is neither. */
export const keptFor = (given: unknown): number | null | undefined =>
  given === false || given === 'forever' ? null : (millisecondsOf(given) ?? undefined);
