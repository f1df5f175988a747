// How far away a time is, in words. Without imports: the browser's script uses it, too.

/** Milliseconds since 1970 of an ISO 8601 time. */
// biome-ignore lint/style/noRestrictedGlobals: reads a text, not the clock
export const msOf = (at: string): number => Date.parse(at);

/** The unit, its milliseconds, and from how many milliseconds on it is used. */
const UNITS = [
  ['d', 86_400_000, 172_800_000],
  ['h', 3_600_000, 7_200_000],
  ['min', 60_000, 120_000],
  ['s', 1_000, 1_000],
] as const;

/** Like `formatDuration`, without needless digits: `350 ms`, `5 s`, `3 min`. */
export function roughly(ms: number): string {
  const [unit, size] = UNITS.find(([, , from]) => ms >= from) ?? ['ms', 1];
  return `${Math.round(ms / size)} ${unit}`;
}

/** `4 s ago`, `in 2 min`, `now`. */
export function relative(at: number, now: number): string {
  const distance = at - now;
  if (Math.abs(distance) < 1_000) return 'now';
  return distance < 0 ? `${roughly(-distance)} ago` : `in ${roughly(distance)}`;
}
