// Relative times in words. It has no imports, since the browser script bundles it.

/** ISO 8601 to milliseconds since 1970. */
// biome-ignore lint/style/noRestrictedGlobals: reads a text, not the clock
export const msOf = (at: string): number => Date.parse(at);

/** Each unit with its length and the shortest duration that uses it, in milliseconds. */
export const UNITS = [
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

const DAY = 86_400_000;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `4 s ago`, `in 2 min`, `now`; from a day on also the time itself: `3 d ago, 28 Nov 14:05`. */
export function relative(at: number, now: number, zone?: Zone): string {
  const distance = Math.abs(at - now);
  if (distance < 1_000) return 'now';
  // Just before an hour it is an hour, not 60 minutes.
  const [unit, size] = UNITS.find(([, length]) => distance >= 0.99 * length) ?? ['s', 1_000];
  const rough = `${Math.round(distance / size)} ${unit}`;
  const text = at < now ? `${rough} ago` : `in ${rough}`;
  return distance < DAY ? text : `${text}, ${dayAndTime(at, now, zone)}`;
}

/** Minutes that the clocks of the reader are ahead of UTC at a time. */
export type Zone = (at: number) => number;

/** `28 Nov 14:05`; of another year, `28 Nov 2025`. Without a zone in UTC, and it says so. */
function dayAndTime(at: number, now: number, zone?: Zone): string {
  const ahead = (zone?.(at) ?? 0) * 60_000;
  // biome-ignore lint/style/noRestrictedGlobals: writes a time, does not ask for it
  const [there, here] = [new Date(at + ahead), new Date(now + ahead)];
  const day = `${there.getUTCDate()} ${MONTHS[there.getUTCMonth()]}`;
  const year = there.getUTCFullYear();
  if (year !== here.getUTCFullYear()) return `${day} ${year}`;
  return `${day} ${there.toISOString().slice(11, 16)}${zone === undefined ? ' UTC' : ''}`;
}
