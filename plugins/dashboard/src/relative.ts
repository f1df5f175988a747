// Relative times in words. It has no imports, since the browser script bundles it.

/** ISO 8601 to milliseconds since 1970. */
// biome-ignore lint/style/noRestrictedGlobals: reads a text, not the clock
export const msOf = (at: string): number => Date.parse(at);

/** Each unit with its length and the shortest duration that uses it, in milliseconds. */
const UNITS = [
  ['d', 86_400_000, 172_800_000],
  ['h', 3_600_000, 7_200_000],
  ['min', 60_000, 120_000],
  ['s', 1_000, 1_000],
] as const;

/** Like `formatDuration`, but rounded to a whole unit: `350 ms`, `5 s`, `3 min`. */
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
