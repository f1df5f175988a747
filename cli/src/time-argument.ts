// A time from an argument, in milliseconds: `1500`, `30s`, `5m`, `2h`, `1d`, or in words. Pure.
import { parseDuration } from '@phraseworks/sdk';
import { UsageError } from './command.ts';

const UNITS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/** Throws `UsageError`. */
export function milliseconds(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined;
  const [, count = '', unit = 'ms'] = /^(\d{1,12})([a-z]*)$/.exec(text) ?? [];
  const factor = Object.hasOwn(UNITS, unit || 'ms') ? UNITS[unit || 'ms'] : undefined;
  if (count !== '' && factor !== undefined) return Number(count) * factor;
  const words = parseDuration(text);
  if (words !== null) return words;
  throw new UsageError(`${option} must be milliseconds, or a time like 30s, 5m, 2h, 1d or '3 days'.`);
}
